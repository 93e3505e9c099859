import type { LogEvent } from '../logs/log-group.ts';
import type { Logs } from '../logs/logs.ts';
import { AwsAnswer } from '../wire/aws-answer.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject, WireRequest } from '../wire/aws-service.ts';
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

const path = /^\/2015-03-31\/functions(?:\/([^/]+)(\/invocations|\/configuration)?)?\/?$/;

/** Lambda's Invoke, GetFunction, GetFunctionConfiguration and ListFunctions. */
export function createLambdaApi(ports: LambdaApiPorts): LambdaApi {
  const { functions, logs } = ports;
  const stopping = new AbortController();

  function definitionOf(input: JsonObject): FunctionDefinition {
    const arn = arnOf(input);
    const definition = /:function:[^:]+(:\$LATEST)?$/.test(arn) ? functions.find(arn) : undefined;
    if (definition) return definition;
    throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
  }

  async function invoke(input: JsonObject): Promise<AwsAnswer> {
    const { arn, logging } = definitionOf(input);
    const { type = 'RequestResponse', logType } = input;
    const payload = payloadOf(String(input.payload));
    const executed = { 'x-amz-executed-version': '$LATEST' };
    if (type === 'DryRun') return new AwsAnswer(204, {}, '');
    if (type === 'Event') {
      if (String(input.payload).length > maxAsyncBytes) throw tooLarge(maxAsyncBytes);
      void invokeAsync(ports, arn, payload, stopping.signal);
      return new AwsAnswer(202, executed, '');
    }
    if (type !== 'RequestResponse') {
      const message = `InvocationType is ${type}; allowed: RequestResponse, Event, DryRun`;
      throw new AwsError('InvalidParameterValueException', message);
    }
    let requestId = '';
    const invocation = await functions.invoke(arn, payload, (id) => {
      requestId = id;
    });
    refuseUnreached(invocation);
    const tail = logType === 'Tail' && {
      'x-amz-log-result': Buffer.from(tailOf(logs.events(logging.group), requestId)).toString('base64'),
    };
    return new AwsAnswer(
      200,
      {
        'content-type': 'application/json',
        ...executed,
        ...tail,
        ...(requestId && { 'x-amzn-requestid': requestId }),
        ...(!invocation.ok && { 'x-amz-function-error': 'Unhandled' }),
      },
      JSON.stringify(invocation.ok ? invocation.payload : errorPayload(invocation)) ?? 'null',
    );
  }

  const service: AwsService = {
    name: 'lambda',
    contentType: 'application/json',
    read(request) {
      const [matched, name, rest = ''] = path.exec(request.path) ?? [];
      const operation =
        matched && operations[`${request.method} ${name === undefined ? 'all' : `one${rest}`}`];
      if (!operation) {
        const message = `The local cloud's lambda does not have ${request.method} ${request.path}; it has ${Object.values(operations).join(', ')}`;
        throw new AwsError('UnknownOperationException', message, 404);
      }
      return { operation, input: inputOf(name ?? '', request) };
    },
    permissions({ operation, input }) {
      if (operation === 'ListFunctions') return [{ action: 'lambda:ListFunctions', resource: '*' }];
      const action = operation === 'Invoke' ? 'InvokeFunction' : operation;
      return [{ action: `lambda:${action}`, resource: arnOf(input) }];
    },
    async perform({ operation, input }) {
      if (operation === 'Invoke') return invoke(input);
      if (operation === 'ListFunctions') return { Functions: functions.all().map(configuration) };
      const definition = definitionOf(input);
      if (operation === 'GetFunctionConfiguration') return configuration(definition);
      const { reservedConcurrency } = definition;
      return {
        Configuration: configuration(definition),
        Code: { RepositoryType: 'local', Location: `file://${definition.code}` },
        ...(reservedConcurrency !== undefined && {
          Concurrency: { ReservedConcurrentExecutions: reservedConcurrency },
        }),
      };
    },
  };

  return { service, stop: () => stopping.abort() };
}

const operations: Readonly<Record<string, string | undefined>> = {
  'GET all': 'ListFunctions',
  'GET one': 'GetFunction',
  'GET one/configuration': 'GetFunctionConfiguration',
  'POST one/invocations': 'Invoke',
};

function inputOf(name: string, { headers, query, body }: WireRequest): JsonObject {
  return {
    name: decodeURIComponent(name),
    qualifier: query.get('Qualifier') ?? undefined,
    type: headers['x-amz-invocation-type'],
    logType: headers['x-amz-log-type'],
    payload: body.toString(),
  };
}

/** A function is named by its name, its ARN or `<account>:function:<name>`, each with or without a qualifier. */
function arnOf({ name, qualifier }: JsonObject): string {
  const arn = functionArn(String(name).replace(/^\d{12}:function:/, ''));
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

function payloadOf(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    throw new AwsError('InvalidRequestContentException', message);
  }
}

function tooLarge(limit: number): AwsError {
  return new AwsError('RequestTooLargeException', `The payload is larger than ${limit} bytes.`, 413);
}

/** An invocation that never reached the function is an error of the call. */
function refuseUnreached(invocation: Invocation): void {
  if (invocation.ok || !['throttled', 'service'].includes(invocation.kind)) return;
  const { kind, errorType, errorMessage } = invocation;
  if (kind === 'throttled') throw new AwsError(errorType, errorMessage, 429);
  throw new AwsError(errorType, errorMessage, errorType === 'ServiceException' ? 500 : 413);
}

function errorPayload({ errorType, errorMessage, trace }: Extract<Invocation, { ok: false }>): JsonObject {
  return { errorType, errorMessage, ...(trace && { trace }) };
}

/** The last lines of one invocation: those of its stream between the first and the last that name it. */
function tailOf(events: readonly LogEvent[], requestId: string): string {
  const isNamed = ({ message }: LogEvent) => message.includes(requestId);
  const first = events.findIndex(isNamed);
  const lines = events
    .slice(first, events.findLastIndex(isNamed) + 1)
    .filter(({ stream }) => stream === events[first]?.stream)
    .map(({ message }) => `${message}\n`);
  return Buffer.from(lines.join('')).subarray(-tailBytes).toString();
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
    LoggingConfig: {
      LogGroup: logging.group,
      LogFormat: logging.format,
      ...(logging.format === 'JSON' && { ApplicationLogLevel: logging.level, SystemLogLevel: 'INFO' }),
    },
  };
}
