/** Runs in the worker of one function: loads the handler once, then runs one invocation at a time. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';

/** What a worker needs to know to start. */
export interface WorkerBirth {
  readonly arn: string;
  readonly name: string;
  readonly code: string;
  readonly handler: string;
  readonly memoryMb: number;
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

const { arn, name, code, handler: handlerName, memoryMb } = workerData as WorkerBirth;

const report = (message: WorkerReport): void => parentPort?.postMessage(message);

async function main(): Promise<void> {
  redirectOutput();
  try {
    giveSdk();
    const handler = await loadHandler();
    parentPort?.on('message', (order: WorkerOrder) => void run(handler, order));
    report({ is: 'ready' });
  } catch (error) {
    report({ is: 'broken', error: described(error) });
  }
}

async function run(handler: Handler, order: WorkerOrder): Promise<void> {
  process.env._X_AMZN_TRACE_ID = order.traceId;
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
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: arn,
    memoryLimitInMB: String(memoryMb),
    awsRequestId: requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
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
  if (file.endsWith('.mjs') || (type === 'module' && file.endsWith('.js')))
    return import(pathToFileURL(file).href);

  // On AWS nothing lies above the bundle; here a package.json above it must not turn its .js files into modules.
  registerHooks({
    load: (url, context, next) =>
      isOfBundle(url) && url.endsWith('.js') && !url.includes('/node_modules/')
        ? next(url, { ...context, format: 'commonjs' })
        : next(url, context),
  });
  return createRequire(file)(file);
}

/**
 * AWS's Node.js runtimes bring the SDK, so CDK leaves it out of bundles. Here it comes from where the local cloud was
 * started, which is the project that has installed it.
 */
function giveSdk(): void {
  const project = createRequire(join(process.cwd(), 'package.json'));
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        const isMissingSdk = /^@(aws-sdk|smithy)\//.test(specifier) && isOfBundle(context.parentURL ?? '');
        if (!isMissingSdk) throw error;
        return { url: sdkModule(project, specifier), shortCircuit: true };
      }
    },
  });
}

function sdkModule(project: NodeJS.Require, specifier: string): string {
  try {
    return pathToFileURL(project.resolve(specifier)).href;
  } catch {
    throw named(
      'Runtime.ImportModuleError',
      `Cannot find module '${specifier}', which AWS's runtime brings: install it in ${process.cwd()}, or bundle it`,
    );
  }
}

function isOfBundle(url: string): boolean {
  return url.startsWith(pathToFileURL(join(realpathSync(code), '/')).href);
}

/** Lines go to the parent as they are written: a worker's own streams lose them when it is terminated. */
function redirectOutput(): void {
  for (const [stream, level] of [[process.stdout, 'info'] as const, [process.stderr, 'error'] as const]) {
    stream.write = ((chunk: string | Uint8Array, encoding?: unknown, callback?: unknown) => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      report({ is: 'line', level, text });
      const done = typeof encoding === 'function' ? encoding : callback;
      if (typeof done === 'function') queueMicrotask(() => done());
      return true;
    }) as typeof stream.write;
  }
  console.warn = (...values: unknown[]) => report({ is: 'line', level: 'warn', text: format(...values) });
}

function named(errorType: string, message: string): Error {
  return Object.assign(new Error(message), { name: errorType });
}

function described(error: unknown): LambdaError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

void main();
