/** Runs inside the worker of one function: loads the handler once, then runs one invocation at a time. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire, type ResolveHookSync, registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import type { Logging } from './functions.ts';

/** What a worker needs to know to start. */
export interface WorkerBirth {
  readonly arn: string;
  readonly name: string;
  readonly code: string;
  readonly handler: string;
  readonly memoryMb: number;
  readonly logging: Logging;
  /** Files from which the AWS SDK is resolved when the bundle does not hold it. */
  readonly sdkRoots: readonly string[];
}

/** To the worker: run the handler. */
export interface WorkerOrder {
  readonly requestId: string;
  /** The event as JSON. */
  readonly event: string;
  readonly traceId: string;
  /** Epoch milliseconds at which the invocation times out. */
  readonly deadline: number;
}

/** An error in Lambda's words. */
export interface LambdaError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** From the worker. */
export type WorkerReport =
  | { readonly is: 'ready' }
  | { readonly is: 'broken'; readonly error: LambdaError }
  | { readonly is: 'line'; readonly level: 'info' | 'warn' | 'error'; readonly text: string }
  /** The handler returned; `payload` is JSON. */
  | { readonly is: 'result'; readonly payload: string }
  /** The handler threw. */
  | { readonly is: 'error'; readonly error: LambdaError }
  /** The handler returned what Lambda cannot pass on. */
  | { readonly is: 'unusable'; readonly error: LambdaError };

type Callback = (error: unknown, result?: unknown) => void;
type Handler = (event: unknown, context: object, callback: Callback) => unknown;

const { arn, name, code, handler: handlerName, memoryMb, logging, sdkRoots } = workerData as WorkerBirth;

/** Start of the URLs of the bundle's files. */
const root = pathToFileURL(join(realpathSync(code), '/')).href;

/** Of the invocation that runs. */
let requestId = '';

const report = (message: WorkerReport): void => parentPort?.postMessage(message);

async function main(): Promise<void> {
  redirectStreams();
  redirectConsole();
  try {
    const handler = await loadHandler();
    parentPort?.on('message', (order: WorkerOrder) => void run(handler, order));
    report({ is: 'ready' });
  } catch (error) {
    report({ is: 'broken', error: described(error) });
  }
}

async function run(handler: Handler, order: WorkerOrder): Promise<void> {
  Object.assign(process.env, { _X_AMZN_TRACE_ID: order.traceId });
  requestId = order.requestId;
  try {
    const result = await call(handler, JSON.parse(order.event), contextOf(order));
    report(resultReport(result));
  } catch (error) {
    report({ is: 'error', error: described(error) });
  }
}

/** Handlers with a third parameter may answer through it; all others by what they return. */
function call(handler: Handler, event: unknown, context: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback: Callback = (error, result) => (error ? reject(error) : resolve(result));
    const returned = handler(event, context, callback);
    if (handler.length < 3 || isThenable(returned)) resolve(returned);
  });
}

function isThenable(value: unknown): boolean {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}

function resultReport(result: unknown): WorkerReport {
  try {
    return { is: 'result', payload: JSON.stringify(result) ?? 'null' };
  } catch {
    const errorMessage = 'Unable to stringify response body as json';
    return { is: 'unusable', error: { errorType: 'Runtime.MarshalError', errorMessage } };
  }
}

function contextOf({ requestId, deadline }: WorkerOrder): object {
  const { AWS_LAMBDA_LOG_GROUP_NAME, AWS_LAMBDA_LOG_STREAM_NAME } = process.env;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: arn,
    memoryLimitInMB: String(memoryMb),
    awsRequestId: requestId,
    logGroupName: AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/** `folder/file.export`, as in the Handler property. */
async function loadHandler(): Promise<Handler> {
  const slash = handlerName.lastIndexOf('/') + 1;
  const dot = handlerName.indexOf('.', slash);
  const file = handlerName.slice(0, dot);
  const extension = ['.js', '.mjs', '.cjs'].find((candidate) => existsSync(join(code, file + candidate)));
  if (dot < 0 || !extension) {
    throw named('Runtime.ImportModuleError', `Cannot find module '${file}' of handler ${handlerName}`);
  }

  let found = await load(join(code, file + extension));
  for (const member of handlerName.slice(dot + 1).split('.')) {
    found = (found as Record<string, unknown> | undefined)?.[member];
  }
  if (typeof found !== 'function') {
    throw named('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`);
  }
  return found as Handler;
}

async function load(file: string): Promise<unknown> {
  const manifest = join(code, 'package.json');
  const type = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).type : 'commonjs';
  const isModule = type === 'module';
  registerHooks({
    resolve: resolveAsOnAws,
    // On AWS nothing lies above the bundle; here a package.json above it must not turn its .js files into modules.
    load: (url, context, next) =>
      !isModule && url.startsWith(root) && url.endsWith('.js') && !url.includes('/node_modules/')
        ? next(url, { ...context, format: 'commonjs' })
        : next(url, context),
  });
  if (file.endsWith('.mjs') || (isModule && file.endsWith('.js'))) return import(pathToFileURL(file).href);
  return createRequire(file)(file);
}

/** A bundle sees its own files, Node's modules and the AWS SDK, even where a node_modules folder lies above it. */
const resolveAsOnAws: ResolveHookSync = (specifier, context, next) => {
  if (!context.parentURL?.startsWith(root)) return next(specifier, context);
  const own = found(() => next(specifier, context));
  if (own && (own.url.startsWith('node:') || own.url.startsWith(root))) return own;
  for (const from of /^@(aws-sdk|smithy)\//.test(specifier) ? sdkRoots : []) {
    const file = found(() => createRequire(from).resolve(specifier));
    if (file) return { url: pathToFileURL(file).href, shortCircuit: true };
  }
  throw named('Runtime.ImportModuleError', `Cannot find module '${specifier}' in the bundle`);
};

function found<T>(resolve: () => T): T | undefined {
  try {
    return resolve();
  } catch {
    return undefined;
  }
}

/** Lines go to the parent as they are written: a worker's own streams would lose them when it is ended. */
function redirectStreams(): void {
  for (const [stream, level] of [[process.stdout, 'info'] as const, [process.stderr, 'error'] as const]) {
    stream.write = ((chunk: string | Uint8Array, encoding?: unknown, callback?: unknown) => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      for (const line of text.trimEnd().split('\n')) report({ is: 'line', level, text: line });
      const done = typeof encoding === 'function' ? encoding : callback;
      if (typeof done === 'function') queueMicrotask(() => done());
      return true;
    }) as typeof stream.write;
  }
}

/** The methods of `console` by their levels, lowest first, with those of the operator's log. */
const consoleMethods = [
  ['trace', 'TRACE', 'info'],
  ['debug', 'DEBUG', 'info'],
  ['log', 'INFO', 'info'],
  ['info', 'INFO', 'info'],
  ['warn', 'WARN', 'warn'],
  ['error', 'ERROR', 'error'],
] as const;

/** Makes `console` write as Lambda's runtime for Node.js does. */
function redirectConsole(): void {
  const lowest = consoleMethods.findIndex(([, name]) => name === logging.level);
  for (const [index, [method, name, level]] of consoleMethods.entries()) {
    // FATAL has no method.
    const isWritten = logging.format === 'Text' || (lowest >= 0 && index >= lowest);
    console[method] = (...values: unknown[]) => {
      if (isWritten) report({ is: 'line', level, text: consoleLine(name, values) });
    };
  }
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

function described(error: unknown): LambdaError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

void main();
