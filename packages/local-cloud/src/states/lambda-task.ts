import type { Access } from '../iam/access.ts';
import { type Functions, functionArn, type Invocation } from '../lambda/functions.ts';
import { region } from '../wire/account.ts';
import type { RecordEvent } from './execution-record.ts';
import { type StartExecutionPorts, startExecution, startExecutionTask } from './start-execution-task.ts';
import { payloadText } from './state-data.ts';
import { runtimeError, StateError } from './state-error.ts';
import { lambdaInvoke, type StateOf } from './state-machine-definition.ts';

export interface LambdaTaskPorts extends Pick<StartExecutionPorts, 'startExecution'> {
  readonly functions: Pick<Functions, 'invoke'>;
  readonly access: Pick<Access, 'accessKeyFor' | 'authorize'>;
}

type Attempt = Readonly<{ task: StateOf<'Task'>; role: string; input: unknown; signal: AbortSignal }>;

/** Longest delay of a Node.js timer. */
export const longestTimerMs = 2 ** 31 - 1;

/** Calls the function of a task, or starts the execution that it names. The timeout counts from when a sandbox takes the call. @throws StateError */
export async function attemptTask(attempt: Attempt, ports: LambdaTaskPorts, record: RecordEvent) {
  const { input, signal } = attempt;
  const { Resource: resource, TimeoutSeconds: timeoutSeconds } = attempt.task;
  const text = JSON.stringify(input);
  const isStart = resource === startExecution;
  const service = isStart
    ? { resourceType: 'states', resource: 'startExecution' }
    : { resourceType: 'lambda', resource: 'invoke' };
  const [prefix, of, scheduled] =
    isStart || resource === lambdaInvoke
      ? ['Task', service, { ...service, region, parameters: text }]
      : ['LambdaFunction', {}, { resource, input: text }];
  const ended = Promise.withResolvers<never>();
  const abort = () => ended.reject(new StateError('Halted', 'The execution or its branch has ended.'));
  const late = () => ended.reject(new StateError('States.Timeout'));
  let timer: NodeJS.Timeout | undefined;
  const taken = () => {
    if (timeoutSeconds) timer = setTimeout(late, Math.min(timeoutSeconds * 1000, longestTimerMs));
  };
  record(`${prefix}Scheduled`, scheduled);
  record(`${prefix}Started`, of);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const output = await Promise.race([
      isStart ? startExecutionTask(input, attempt.role, ports) : call(attempt, ports, taken),
      ended.promise,
    ]);
    record(`${prefix}Succeeded`, { ...of, output: payloadText(output, resource) });
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

async function call({ task, role, input }: Attempt, ports: LambdaTaskPorts, taken: () => void) {
  const { FunctionName = '', Payload } = (input ?? {}) as Readonly<Record<string, unknown>>;
  const isInvoke = task.Resource === lambdaInvoke;
  if (isInvoke && (typeof FunctionName !== 'string' || FunctionName === '')) {
    throw runtimeError(`lambda:invoke needs a FunctionName, got ${JSON.stringify(FunctionName)}.`);
  }
  const arn = isInvoke ? functionArn(String(FunctionName)) : task.Resource;
  const event = isInvoke ? eventOf(Payload) : input;
  try {
    ports.access.authorize(ports.access.accessKeyFor(role), 'lambda:InvokeFunction', arn);
  } catch (error) {
    throw new StateError('Lambda.AWSLambdaException', (error as Error).message);
  }
  const invocation = await ports.functions.invoke(arn, event, taken);
  if (!invocation.ok) throw taskError(invocation);
  const { payload = null } = invocation;
  if (!isInvoke) return payload;
  const SdkHttpMetadata = { HttpStatusCode: 200 };
  return { ExecutedVersion: '$LATEST', Payload: payload, SdkHttpMetadata, StatusCode: 200 };
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
  const isNamed = /^(Sandbox|Runtime)\./.test(errorType);
  if (isNamed) return new StateError(errorType, JSON.stringify({ errorType, errorMessage }));
  const cause = 'The cause could not be determined because Lambda did not return an error type.';
  return new StateError('Lambda.Unknown', `${cause} Returned payload: ${JSON.stringify({ errorMessage })}`);
}
