/** Runs inside the worker of one sandbox: loads the handler, then runs one invocation at a time. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire, type LoadHookSync, type ResolveHookSync, registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import type { Failure, FunctionDefinition } from './functions.ts';
import type { LambdaOutput } from './lambda-log.ts';

/** What a worker needs to start, with files from which the AWS SDK is resolved where the bundle does not hold it. */
export type WorkerBirth = FunctionDefinition & { readonly sdkRoots: readonly string[] };

/** To the worker: run the handler with the event, which is JSON, until the deadline in epoch milliseconds. */
export type WorkerOrder = Readonly<Record<'requestId' | 'event' | 'traceId', string> & { deadline: number }>;

/** From the worker: a line that was written, or how the start or an invocation ended. The payload is JSON. */
export type WorkerReport = LambdaOutput | { readonly ok: true; readonly payload: string } | Failure;

type Handler = (event: unknown, context: object) => unknown;

const { arn, name, code, handler: handlerName, memoryMb, logging, sdkRoots } = workerData as WorkerBirth;

/** Start of the URLs of the bundle's files. */
const root = pathToFileURL(join(realpathSync(code), '/')).href;

/** Request id of the running invocation. */
let requestId = '';

const report = (message: WorkerReport): void => parentPort?.postMessage(message);

async function main(): Promise<void> {
  redirectStreams();
  redirectConsole();
  try {
    const handler = await loadHandler();
    parentPort?.on('message', (order: WorkerOrder) => void run(handler, order));
    report({ ok: true, payload: 'null' });
  } catch (error) {
    report({ ok: false, kind: 'unhandled', ...described(error) });
  }
}

async function run(handler: Handler, order: WorkerOrder): Promise<void> {
  Object.assign(process.env, { _X_AMZN_TRACE_ID: order.traceId });
  requestId = order.requestId;
  try {
    report({ ok: true, payload: payloadOf(await handler(JSON.parse(order.event), contextOf(order))) });
  } catch (error) {
    report({ ok: false, kind: 'handled', ...described(error) });
  }
}

function payloadOf(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    throw named('Runtime.MarshalError', 'Unable to stringify response body as json');
  }
}

function contextOf({ requestId, deadline }: WorkerOrder): object {
  const { AWS_LAMBDA_LOG_STREAM_NAME: logStreamName } = process.env;
  return {
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: arn,
    memoryLimitInMB: String(memoryMb),
    awsRequestId: requestId,
    logGroupName: logging.group,
    logStreamName,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/** `folder/file.export`, as in the Handler property. */
async function loadHandler(): Promise<Handler> {
  const [, file = '', members = ''] = /^((?:.*\/)?[^./]*)\.(.+)$/.exec(handlerName) ?? [];
  const extension = ['.js', '.mjs', '.cjs'].find((candidate) => existsSync(join(code, file + candidate)));
  if (!extension)
    throw named('Runtime.ImportModuleError', `Cannot find module '${file}' of handler ${handlerName}`);
  registerHooks({ resolve: resolveAsOnAws, load: loadAsOnAws });
  const whole = join(code, file + extension);
  const isImported = extension === '.mjs' || (isModule && extension === '.js');
  let found: unknown = await (isImported ? import(pathToFileURL(whole).href) : createRequire(whole)(whole));
  for (const member of members.split('.')) found = (found as Record<string, unknown> | undefined)?.[member];
  if (typeof found !== 'function')
    throw named('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`);
  if (found.length > 2) {
    const message = `${handlerName} takes a callback, which Lambda no longer supports from Node.js 24 on; make it async`;
    throw named('Runtime.CallbackHandlerDeprecated', message);
  }
  return found as Handler;
}

const manifest = join(code, 'package.json');
const isModule = existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).type === 'module';

/** On AWS nothing lies above the bundle; here a package.json above it must not turn its .js files into modules. */
const loadAsOnAws: LoadHookSync = (url, context, next) => {
  const isPlain = !isModule && url.startsWith(root) && url.endsWith('.js') && !url.includes('/node_modules/');
  return next(url, isPlain ? { ...context, format: 'commonjs' } : context);
};

/** A bundle sees its own files, Node's modules and the AWS SDK, even where a node_modules folder lies above it. */
const resolveAsOnAws: ResolveHookSync = (specifier, context, next) => {
  if (!context.parentURL?.startsWith(root)) return next(specifier, context);
  try {
    const own = next(specifier, context);
    if (own.url.startsWith('node:') || own.url.startsWith(root)) return own;
  } catch {}
  for (const from of /^@(aws-sdk|smithy)\//.test(specifier) ? sdkRoots : []) {
    try {
      return { url: pathToFileURL(createRequire(from).resolve(specifier)).href, shortCircuit: true };
    } catch {}
  }
  throw named('Runtime.ImportModuleError', `Cannot find module '${specifier}' in the bundle`);
};

/** Lines go to the parent as they are written: a worker's own streams would lose them when it is ended. */
function redirectStreams(): void {
  for (const [stream, level] of [[process.stdout, 'INFO'] as const, [process.stderr, 'ERROR'] as const]) {
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      for (const line of text.trimEnd().split('\n')) report({ level, text: line });
      const done = rest.at(-1);
      if (typeof done === 'function') queueMicrotask(() => done());
      return true;
    };
  }
}

/** Makes `console` write as Lambda's runtime for Node.js does. */
function redirectConsole(): void {
  const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
  const lowest = logging.format === 'Text' ? 0 : levels.indexOf(logging.level);
  for (const method of ['trace', 'debug', 'info', 'warn', 'error'] as const) {
    const level = method.toUpperCase();
    const isWritten = levels.indexOf(level) >= lowest;
    console[method] = (...values: unknown[]) => {
      if (isWritten) report({ level, text: consoleLine(level, values) });
    };
  }
  console.log = console.info;
}

function consoleLine(level: string, values: readonly unknown[]): string {
  const timestamp = new Date().toISOString();
  if (logging.format === 'Text') return [timestamp, requestId, level, format(...values)].join('\t');
  const line = (message: unknown) => JSON.stringify({ timestamp, level, requestId, message }, errorsToo);
  try {
    return line(values.length === 1 ? values[0] : format(...values));
  } catch {
    return line(format(...values));
  }
}

/** A replacer for errors, which JSON would make empty objects. */
function errorsToo(_: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { errorType: value.name, errorMessage: value.message, stackTrace: value.stack?.split('\n') };
}

function named(errorType: string, message: string): Error {
  return Object.assign(new Error(message), { name: errorType });
}

function described(error: unknown): Pick<Failure, 'errorType' | 'errorMessage' | 'trace'> {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

void main();
