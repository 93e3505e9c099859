import type { LogEvent } from '../logs/log-group.ts';
import type { Logs } from '../logs/logs.ts';
import { AwsAnswer } from '../wire/aws-answer.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import { type AsyncPorts, invokeAsync } from './async-invocation.ts';
import { type FunctionDefinition, type Functions, functionArn, type Invocation } from './functions.ts';

/** The API of the embedded Lambda. */
export interface LambdaApi {
  readonly service: AwsService;
  /** Ends the retries of asynchronous invocations. */
  stop(): void;
}

/** What the API works with. */
export interface LambdaApiPorts extends AsyncPorts {
  readonly functions: Pick<Functions, 'invoke' | 'find' | 'all'>;
  readonly logs: Pick<Logs, 'events'>;
}

/** Lambda's limit on an event that it queues. */
const maxAsyncBytes = 1024 * 1024;
/** As much of the log as `LogType: Tail` gives. */
const tailBytes = 4096;

const functionPath = /^\/2015-03-31\/functions(?:\/([^/]+)(\/\w+)?)?\/?$/;
const operations: Readonly<Record<string, string | undefined>> = {
  'GET functions': 'ListFunctions',
  'GET function': 'GetFunction',
  'GET function/configuration': 'GetFunctionConfiguration',
  'POST function/invocations': 'Invoke',
};

/** Lambda's API to look at functions and to invoke them. */
export function createLambdaApi(ports: LambdaApiPorts): LambdaApi {
  const { functions, logs } = ports;
  const stopping = new AbortController();

  async function invoke({ arn, logging }: FunctionDefinition, input: JsonObject): Promise<AwsAnswer> {
    const { type = 'RequestResponse', logType, payload } = input;
    const event = parsed(String(payload));
    const headers = { 'content-type': 'application/json', 'x-amz-executed-version': '$LATEST' };
    if (type === 'DryRun') return new AwsAnswer(204, {}, '');
    if (type === 'Event') {
      if (String(payload).length > maxAsyncBytes) {
        throw new AwsError('RequestTooLargeException', `The payload has over ${maxAsyncBytes} bytes.`, 413);
      }
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
    refuseUnreached(invocation);
    const tail = logType === 'Tail' ? tailOf(logs.events(logging.group), requestId) : undefined;
    const all = {
      ...headers,
      ...(tail && { 'x-amz-log-result': tail.toString('base64') }),
      ...(!invocation.ok && { 'x-amz-function-error': 'Unhandled' }),
    };
    return new AwsAnswer(200, all, JSON.stringify(invocation.ok ? invocation.payload : thrown(invocation)));
  }

  const service: AwsService = {
    name: 'lambda',
    contentType: 'application/json',
    read({ method, path, query, headers, body }) {
      const [whole, name, rest = ''] = functionPath.exec(path) ?? [];
      const operation = operations[`${method} ${name === undefined ? 'functions' : `function${rest}`}`];
      if (whole === undefined || operation === undefined) {
        const known = Object.values(operations).join(', ');
        const message = `The local cloud's lambda does not have ${method} ${path}; it has ${known}`;
        throw new AwsError('UnknownOperationException', message, 404);
      }
      const { 'x-amz-invocation-type': type, 'x-amz-log-type': logType } = headers;
      const arn = arnOf(decodeURIComponent(name ?? ''), query.get('Qualifier'));
      return { operation, input: { arn, type, logType, payload: body.toString() } };
    },
    permissions({ operation, input: { arn } }) {
      const resource = operation === 'ListFunctions' ? '*' : String(arn);
      return [{ action: `lambda:${operation === 'Invoke' ? 'InvokeFunction' : operation}`, resource }];
    },
    async perform({ operation, input }) {
      if (operation === 'ListFunctions') return { Functions: functions.all().map(configuration) };
      const { arn } = input;
      const unqualified = String(arn).replace(/:\$LATEST$/, '');
      const definition = unqualified.split(':').length === 7 ? functions.find(unqualified) : undefined;
      if (!definition) throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
      if (operation === 'Invoke') return invoke(definition, input);
      if (operation === 'GetFunctionConfiguration') return configuration(definition);
      const Code = { RepositoryType: 'local', Location: `file://${definition.code}` };
      const Concurrency = { ReservedConcurrentExecutions: definition.reservedConcurrency };
      return { Configuration: configuration(definition), Code, Concurrency };
    },
  };

  return { service, stop: () => stopping.abort() };
}

/** A function is named by its name, its ARN or `<account>:function:<name>`, each with or without a qualifier. */
function arnOf(name: string, qualifier: string | null): string {
  const arn = functionArn(name.replace(/^\d{12}:function:/, ''));
  return qualifier === null ? arn : `${arn}:${qualifier}`;
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload || '{}');
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    throw new AwsError('InvalidRequestContentException', message);
  }
}

/** An invocation that never reached the function is an error of the call. */
function refuseUnreached(invocation: Invocation): void {
  if (invocation.ok || !['throttled', 'service'].includes(invocation.kind)) return;
  const { kind, errorType, errorMessage } = invocation;
  const status = errorType === 'ServiceException' ? 500 : 413;
  throw new AwsError(errorType, errorMessage, kind === 'throttled' ? 429 : status);
}

function thrown({ errorType, errorMessage, trace }: Extract<Invocation, { ok: false }>): JsonObject {
  return { errorType, errorMessage, trace };
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
    FunctionName: name,
    FunctionArn: arn,
    Runtime: 'nodejs24.x',
    Role: role,
    Handler: handler,
    MemorySize: memoryMb,
    Timeout: timeoutMs / 1000,
    Version: '$LATEST',
    PackageType: 'Zip',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    Environment: { Variables: environment },
    LoggingConfig: { LogGroup: logging.group, LogFormat: logging.format },
  };
}
