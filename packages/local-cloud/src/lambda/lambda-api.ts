import type { LogEvent, Logs } from '../logs/logs.ts';
import { AwsError } from '../wire/aws-error.ts';
import { AwsAnswer, type AwsService, type JsonObject } from '../wire/aws-service.ts';
import { type AsyncPorts, invokeAsync } from './async-invocation.ts';
import { type FunctionDefinition, type Functions, functionArn } from './functions.ts';

/** The API of the embedded Lambda. */
export type LambdaApi = ReturnType<typeof createLambdaApi>;

/** What the API works with. */
interface LambdaApiPorts extends AsyncPorts {
  readonly functions: Pick<Functions, 'invoke' | 'find' | 'all'>;
  readonly logs: Pick<Logs, 'events'>;
}

/** Lambda's limit on an event that it queues. */
const maxAsyncBytes = 1024 * 1024;
/** As much of the log as `LogType: Tail` gives. */
const tailBytes = 4096;

const operations: readonly (readonly [operation: string, shape: RegExp])[] = [
  ['ListFunctions', /^GET \/2015-03-31\/functions\/?$/],
  ['GetFunction', /^GET \/2015-03-31\/functions\/([^/]+)$/],
  ['GetFunctionConfiguration', /^GET \/2015-03-31\/functions\/([^/]+)\/configuration$/],
  ['Invoke', /^POST \/2015-03-31\/functions\/([^/]+)\/invocations$/],
];

/** Lambda's API to look at functions and to invoke them. */
export function createLambdaApi(ports: LambdaApiPorts) {
  const { functions, logs } = ports;
  const stopping = new AbortController();

  async function invoke({ arn, logging }: FunctionDefinition, input: JsonObject): Promise<AwsAnswer> {
    const { type = 'RequestResponse', logType, payload } = input;
    const event = parsed(String(payload));
    const headers = { 'content-type': 'application/json', 'x-amz-executed-version': '$LATEST' };
    if (type === 'DryRun') return new AwsAnswer(204, {}, '');
    if (type === 'Event') {
      if (String(payload).length > maxAsyncBytes)
        throw new AwsError('RequestTooLargeException', `The payload has over ${maxAsyncBytes} bytes.`, 413);
      void invokeAsync(ports, arn, event, stopping.signal);
      return new AwsAnswer(202, headers, '');
    }
    if (type !== 'RequestResponse') {
      const message = `InvocationType is ${type}; allowed: RequestResponse, Event, DryRun`;
      throw new AwsError('InvalidParameterValueException', message);
    }
    let requestId = '';
    const invocation = await functions.invoke(arn, event, (id) => {
      requestId = id;
    });
    const log = logType === 'Tail' && {
      'x-amz-log-result': tailOf(logs.events(logging.group), requestId).toString('base64'),
    };
    if (invocation.ok) return new AwsAnswer(200, { ...headers, ...log }, JSON.stringify(invocation.payload));
    const { kind, errorType, errorMessage, trace } = invocation;
    // An invocation that never reached the function is an error of the call.
    if (kind === 'throttled') throw new AwsError(errorType, errorMessage, 429);
    if (kind === 'service')
      throw new AwsError(errorType, errorMessage, errorType === 'ServiceException' ? 500 : 413);
    const failed = { ...headers, ...log, 'x-amz-function-error': 'Unhandled' };
    return new AwsAnswer(200, failed, JSON.stringify({ errorType, errorMessage, trace }));
  }

  const service: AwsService = {
    name: 'lambda',
    contentType: 'application/json',
    read({ method, path, query, headers, body }) {
      for (const [operation, shape] of operations) {
        const [whole, name = ''] = shape.exec(`${method} ${path}`) ?? [];
        if (whole === undefined) continue;
        const { 'x-amz-invocation-type': type, 'x-amz-log-type': logType } = headers;
        // A function is named by its name, its ARN or `<account>:function:<name>`, each with or without a qualifier.
        const arn = functionArn(decodeURIComponent(name).replace(/^\d{12}:function:/, ''));
        const qualified = query.has('Qualifier') ? `${arn}:${query.get('Qualifier')}` : arn;
        return { operation, input: { arn: qualified, type, logType, payload: body.toString() } };
      }
      const known = operations.map(([operation]) => operation).join(', ');
      const message = `The local cloud's lambda does not have ${method} ${path}; it has ${known}`;
      throw new AwsError('UnknownOperationException', message, 404);
    },
    permissions({ operation, input: { arn } }) {
      const resource = operation === 'ListFunctions' ? '*' : String(arn);
      return [{ action: `lambda:${operation === 'Invoke' ? 'InvokeFunction' : operation}`, resource }];
    },
    async perform({ operation, input }) {
      const { arn: named } = input;
      if (operation === 'ListFunctions') return { Functions: functions.all().map(configuration) };
      const arn = String(named).replace(/:\$LATEST$/, '');
      const definition = arn.split(':').length === 7 ? functions.find(arn) : undefined;
      if (!definition) throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
      if (operation === 'Invoke') return invoke(definition, input);
      const Configuration = configuration(definition);
      if (operation === 'GetFunctionConfiguration') return Configuration;
      const Code = { RepositoryType: 'local', Location: `file://${definition.code}` };
      const Concurrency = { ReservedConcurrentExecutions: definition.reservedConcurrency };
      return { Configuration, Code, Concurrency };
    },
  };

  /** Ends the retries of asynchronous invocations. */
  const stop = () => stopping.abort();
  return { service, stop };
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload || '{}');
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    throw new AwsError('InvalidRequestContentException', message);
  }
}

/** The last lines of one invocation: those of its stream between the first and the last that name it. */
function tailOf(events: readonly LogEvent[], requestId: string): Buffer {
  const isNamed = ({ message }: LogEvent) => message.includes(requestId);
  const [first, last] = [events.findIndex(isNamed), events.findLastIndex(isNamed)];
  const own = events.slice(first, last + 1).filter(({ stream }) => stream === events[first]?.stream);
  return Buffer.from(own.map(({ message }) => `${message}\n`).join('')).subarray(-tailBytes);
}

function configuration(definition: FunctionDefinition): JsonObject {
  const { arn, name, handler, role, memoryMb, timeoutMs, environment, logging } = definition;
  return {
    ...{ FunctionName: name, FunctionArn: arn, Role: role, Handler: handler, Runtime: 'nodejs24.x' },
    ...{ Version: '$LATEST', PackageType: 'Zip', State: 'Active', LastUpdateStatus: 'Successful' },
    MemorySize: memoryMb,
    Timeout: timeoutMs / 1000,
    Environment: { Variables: environment },
    LoggingConfig: { LogGroup: logging.group, LogFormat: logging.format },
  };
}
