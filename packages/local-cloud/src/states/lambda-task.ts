import type { Access } from '../iam/access.ts';
import { type Functions, functionArn, type Invocation } from '../lambda/functions.ts';
import { region } from '../wire/account.ts';
import type { RecordEvent } from './execution-history.ts';
import { payloadText } from './state-data.ts';
import { runtimeError, StateError } from './state-error.ts';

/** The only work that tasks do here: they call Lambda functions, as the role of the state machine. */
export interface LambdaTaskPorts {
  readonly functions: Pick<Functions, 'invoke'>;
  readonly access: Pick<Access, 'accessKeyFor' | 'authorize'>;
}

/** What a task's `Resource` calls: a function, or for `lambda:invoke` the one that its parameters name. */
export interface LambdaResource {
  readonly functionArn?: string;
}

/** One attempt of a task. */
export interface Attempt {
  readonly resource: LambdaResource;
  readonly role: string;
  readonly input: unknown;
  readonly timeoutSeconds: number | undefined;
  /** Ends the wait for the function; what it still does changes nothing. */
  readonly signal: AbortSignal;
}

/** Longest delay of a Node.js timer. */
export const longestTimerMs = 2 ** 31 - 1;
/** Parameters of `lambda:invoke` that are understood. */
export const invokeParameters: readonly string[] = ['FunctionName', 'Payload'];
const invoke = 'arn:aws:states:::lambda:invoke';

/** @throws Error for anything but `lambda:invoke` and function ARNs. */
export function parseResource(resource: string): LambdaResource {
  if (resource === invoke) return {};
  if (/^arn:aws:lambda:[^:]+:\d+:function:[^:]+(:[^:]+)?$/.test(resource)) return { functionArn: resource };
  throw new Error(`the local cloud has only ${invoke} and function ARNs, not ${resource}`);
}

/**
 * Calls the function of a task and records what happens. The timeout counts from when a sandbox takes the call: on AWS
 * that is at once.
 *
 * @throws StateError
 */
export async function attemptTask(
  { resource, role, input, timeoutSeconds, signal }: Attempt,
  ports: LambdaTaskPorts,
  record: RecordEvent,
): Promise<unknown> {
  const text = JSON.stringify(input);
  const service = { resourceType: 'lambda', resource: 'invoke' };
  const [prefix, of, scheduled] = resource.functionArn
    ? ['LambdaFunction', {}, { resource: resource.functionArn, input: text }]
    : ['Task', service, { ...service, region, parameters: text }];
  const ended = Promise.withResolvers<never>();
  const abort = () => ended.reject(new StateError('Halted', 'The execution or its branch has ended.'));
  let timer: NodeJS.Timeout | undefined;
  const taken = () => {
    if (timeoutSeconds === undefined) return;
    const late = () => ended.reject(new StateError('States.Timeout'));
    timer = setTimeout(late, Math.min(timeoutSeconds * 1000, longestTimerMs));
  };
  record(`${prefix}Scheduled`, scheduled);
  record(`${prefix}Started`, of);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const output = await Promise.race([call(resource, ports, role, input, taken), ended.promise]);
    record(`${prefix}Succeeded`, { ...of, output: payloadText(output, resource.functionArn ?? 'lambda') });
    return output;
  } catch (thrown) {
    const { error = 'States.Runtime', explanation: cause } = thrown as StateError;
    const type = error === 'States.Timeout' ? 'TimedOut' : 'Failed';
    if (!signal.aborted) record(`${prefix}${type}`, { ...of, error, cause });
    throw thrown;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

async function call(
  { functionArn: own }: LambdaResource,
  { access, functions }: LambdaTaskPorts,
  role: string,
  input: unknown,
  taken: () => void,
): Promise<unknown> {
  const { FunctionName: name, Payload } = (input ?? {}) as Readonly<Record<string, unknown>>;
  if (own === undefined && (typeof name !== 'string' || name === '')) {
    throw runtimeError(`lambda:invoke needs a FunctionName, got ${JSON.stringify(name)}.`);
  }
  const arn = own ?? functionArn(String(name));
  const event = own === undefined ? eventOf(Payload) : input;
  try {
    access.authorize(access.accessKeyFor(role), 'lambda:InvokeFunction', arn);
  } catch (error) {
    throw new StateError('Lambda.AWSLambdaException', (error as Error).message);
  }
  const invocation = await functions.invoke(arn, event, taken);
  if (!invocation.ok) throw taskError(invocation);
  const result = invocation.payload ?? null;
  if (own !== undefined) return result;
  const SdkHttpMetadata = { HttpStatusCode: 200 };
  return { ExecutedVersion: '$LATEST', Payload: result, SdkHttpMetadata, StatusCode: 200 };
}

/** Text is the request body as it is; no payload is an empty object. */
function eventOf(payload: unknown): unknown {
  if (typeof payload !== 'string') return payload ?? {};
  try {
    return JSON.parse(payload);
  } catch (error) {
    const cause = `Could not parse request body into json: ${(error as Error).message}`;
    throw new StateError('Lambda.InvalidRequestContentException', cause);
  }
}

/** Names errors as Step Functions does for Lambda tasks. */
function taskError({ kind, errorType, errorMessage, trace = [] }: Invocation & { ok: false }): StateError {
  if (kind === 'handled')
    return new StateError(errorType, JSON.stringify({ errorType, errorMessage, trace }));
  if (kind === 'throttled') return new StateError('Lambda.TooManyRequestsException', errorMessage);
  if (kind === 'service') {
    const isMissing = errorType === 'ResourceNotFoundException';
    return new StateError(`Lambda.${isMissing ? errorType : 'ServiceException'}`, errorMessage);
  }
  // only the runtime's own reports (Sandbox.Timedout, Runtime.ExitError, …) have a name
  if (/^(Sandbox|Runtime)\./.test(errorType)) {
    return new StateError(errorType, JSON.stringify({ errorType, errorMessage }));
  }
  const cause = 'The cause could not be determined because Lambda did not return an error type.';
  return new StateError('Lambda.Unknown', `${cause} Returned payload: ${JSON.stringify({ errorMessage })}`);
}
