import type { Access } from '../iam/access.ts';
import { type Functions, functionArn, type Invocation } from '../lambda/functions.ts';
import { runtimeError, StateError } from './state-error.ts';

/** A service that a task state may call. */
export interface Integration {
  /** How the execution history speaks of it: the integration's service and action, or a bare function. */
  readonly history: { readonly service: string; readonly action: string } | { readonly function: string };
  /** Members of `Parameters` that are understood; any when absent. */
  readonly parameters?: readonly string[];
  /**
   * Carries one attempt out, as the state machine's role.
   * @param taken Called when the service begins to work on it.
   * @throws StateError
   */
  perform(ports: TaskPorts, role: string, input: unknown, taken: () => void): Promise<unknown>;
}

/** What integrations work with. */
export interface TaskPorts {
  readonly functions: Pick<Functions, 'invoke'>;
  readonly access: Pick<Access, 'accessKeyFor' | 'authorize'>;
}

/** The one switch from a task's `Resource` to what it calls; undefined for what this cloud does not have. */
export function integrationFor(resource: string): Integration | undefined {
  if (resource === 'arn:aws:states:::lambda:invoke') return lambdaInvoke;
  if (/^arn:aws:lambda:[^:]+:\d+:function:[^:]+(:[^:]+)?$/.test(resource)) return bareFunction(resource);
  return undefined;
}

/** The resources {@link integrationFor} knows, for error texts. */
export const knownIntegrations = 'arn:aws:states:::lambda:invoke and function ARNs';

const lambdaInvoke: Integration = {
  history: { service: 'lambda', action: 'invoke' },
  parameters: ['FunctionName', 'Payload'],
  async perform(ports, role, input, taken) {
    const { FunctionName: name, Payload: payload } = (input ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string' || name === '') {
      throw runtimeError(`lambda:invoke needs a FunctionName, got ${JSON.stringify(name)}.`);
    }
    const result = await invoke(ports, role, functionArn(name), eventOf(payload), taken);
    return {
      ExecutedVersion: '$LATEST',
      Payload: result,
      SdkHttpMetadata: { HttpStatusCode: 200 },
      StatusCode: 200,
    };
  },
};

/** A text is the request body as it is; no payload is an empty object. */
function eventOf(payload: unknown): unknown {
  if (typeof payload !== 'string') return payload ?? {};
  try {
    return JSON.parse(payload);
  } catch (error) {
    const cause = `Could not parse request body into json: ${(error as Error).message}`;
    throw new StateError('Lambda.InvalidRequestContentException', cause);
  }
}

function bareFunction(arn: string): Integration {
  return {
    history: { function: arn },
    perform: (ports, role, input, taken) => invoke(ports, role, arn, input, taken),
  };
}

async function invoke(
  ports: TaskPorts,
  role: string,
  arn: string,
  payload: unknown,
  taken: () => void,
): Promise<unknown> {
  try {
    ports.access.authorize(ports.access.accessKeyFor(role), 'lambda:InvokeFunction', arn);
  } catch (error) {
    throw new StateError('Lambda.AWSLambdaException', (error as Error).message);
  }
  const invocation = await ports.functions.invoke(arn, payload, taken);
  if (invocation.ok) return invocation.payload ?? null;
  throw taskError(invocation);
}

/** Names errors as Step Functions does for Lambda tasks. */
function taskError({ kind, errorType, errorMessage, trace }: Invocation & { ok: false }): StateError {
  switch (kind) {
    case 'handled':
      return new StateError(errorType, JSON.stringify({ errorType, errorMessage, trace: trace ?? [] }));
    case 'throttled':
      return new StateError('Lambda.TooManyRequestsException', errorMessage);
    case 'service':
      return new StateError(
        errorType === 'ResourceNotFoundException' ? `Lambda.${errorType}` : 'Lambda.ServiceException',
        errorMessage,
      );
    case 'unhandled':
      // the runtime's own reports (Sandbox.Timedout, Runtime.ExitError, …) keep their name; all else has none
      if (/^(Sandbox|Runtime)\./.test(errorType)) {
        return new StateError(errorType, JSON.stringify({ errorType, errorMessage }));
      }
      return new StateError(
        'Lambda.Unknown',
        `The cause could not be determined because Lambda did not return an error type. Returned payload: ${JSON.stringify({ errorMessage })}`,
      );
  }
}
