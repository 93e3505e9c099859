import { randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import type { Access } from '../iam/access.ts';
import type { Logs } from '../logs/logs.ts';
import { region } from '../wire/account.ts';
import type { Log } from '../wire/log.ts';
import type { FunctionDefinition, Invocation } from './functions.ts';
import { endLines, startLine } from './lambda-lines.ts';
import { type LambdaOutput, writeLambdaLog } from './lambda-log.ts';
import { sdkRoots } from './lambda-sdk.ts';
import type { WorkerBirth, WorkerOrder, WorkerReport } from './lambda-worker.ts';

type Failure = Extract<Invocation, { ok: false }>;

/** Lambda's limit on what a handler returns. */
const maxResponseBytes = 6 * 1024 * 1024 + 100;
/** Small, so that a collection cannot carry the heap past its limit in one leap: V8 would end the whole process. */
const maxYoungGenerationSizeMb = 8;
/** Lambda's limit on loading the code. */
const maxInitMs = 10_000;

/** What a sandbox works with. */
export interface SandboxPorts {
  readonly access: Pick<Access, 'accessKeyFor'>;
  /** Value of AWS_ENDPOINT_URL. */
  readonly awsUrl: string;
  readonly log: Log;
  /** Takes what CloudWatch keeps: the lines of functions and of Lambda. */
  readonly logs: Pick<Logs, 'write'>;
}

/** One worker thread with one loaded handler: what AWS calls an execution environment. */
export class Sandbox {
  /** Resolves when the handler is loaded, or with the reason why it cannot be. */
  readonly ready: Promise<Failure | undefined>;
  /** When it last was taken or became free, on the monotonic clock. */
  since = 0;

  readonly #definition: FunctionDefinition;
  readonly #ports: SandboxPorts;
  readonly #logStream = newLogStream();
  readonly #worker: Worker;
  #isAlive = true;
  #requestId = '';
  #initEnded: (failure?: Failure) => void = () => {};
  #ended: (ending: Invocation) => void = () => {};

  /** Starts the worker. */
  constructor(definition: FunctionDefinition, ports: SandboxPorts) {
    this.#definition = definition;
    this.#ports = ports;
    const { arn, name, code, handler, memoryMb, logging } = definition;
    this.#worker = new Worker(workerScript(), {
      eval: true,
      env: environmentOf(definition, this.#logStream, ports),
      workerData: { arn, name, code, handler, memoryMb, logging, sdkRoots } satisfies WorkerBirth,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb },
      execArgv: [],
    });
    this.ready = new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.kill();
        resolve(failed('Sandbox.Timedout', `Init timed out after ${(maxInitMs / 1000).toFixed(2)} seconds`));
      }, maxInitMs);
      this.#initEnded = (failure) => {
        clearTimeout(timer);
        resolve(failure);
      };
    });
    this.#worker.on('message', (report: WorkerReport) => {
      if (report.is === 'line') this.#write(report);
      else this.#take(report);
    });
    this.#worker.on('error', (error: Error) => {
      const reason = crash(this.#requestId, error);
      this.#write({ level: 'error', text: `${reason.errorMessage}\n${reason.trace?.join('\n') ?? ''}` });
      void this.#die(reason);
    });
    this.#worker.on('exit', (status) => this.#die(exit(this.#requestId, status)));
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Runs the handler once. The sandbox must be ready and free. */
  async run(requestId: string, event: string): Promise<Invocation> {
    const { logging } = this.#definition;
    const write = (line: string) => this.#ports.logs.write(logging.group, this.#logStream, line);
    const start = performance.now();
    write(startLine(this.#definition, requestId, new Date()));
    const invocation = await this.#run(requestId, event);
    const completion = { invocation, ms: performance.now() - start };
    for (const line of endLines(this.#definition, requestId, completion, new Date())) write(line);
    return invocation;
  }

  #run(requestId: string, event: string): Promise<Invocation> {
    const { timeoutMs } = this.#definition;
    this.#requestId = requestId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#die(timedOut(requestId, timeoutMs));
      }, timeoutMs);
      this.#ended = (ending) => {
        clearTimeout(timer);
        this.#ended = () => {};
        resolve(ending);
      };
      const deadline = Date.now() + timeoutMs;
      this.#worker.postMessage({ requestId, event, traceId: newTraceId(), deadline } satisfies WorkerOrder);
    });
  }

  /** Ends the worker at once, whatever it does. */
  kill(): Promise<void> {
    return this.#die(exit(this.#requestId, 'killed'));
  }

  #write(output: LambdaOutput): void {
    const { path, logging } = this.#definition;
    writeLambdaLog(this.#ports.log, path, output);
    this.#ports.logs.write(logging.group, this.#logStream, output.text);
  }

  async #die(ending: Failure): Promise<void> {
    this.#isAlive = false;
    this.#initEnded(ending);
    this.#ended(ending);
    await this.#worker.terminate();
  }

  #take(report: Exclude<WorkerReport, { is: 'line' }>): void {
    switch (report.is) {
      case 'ready':
        this.#initEnded();
        break;
      case 'broken':
        void this.#die({ ok: false, kind: 'unhandled', ...report.error });
        break;
      case 'error':
        this.#ended({ ok: false, kind: 'handled', ...report.error });
        break;
      case 'unusable':
        this.#ended({ ok: false, kind: 'unhandled', ...report.error });
        break;
      case 'result':
        this.#ended(
          Buffer.byteLength(report.payload) <= maxResponseBytes
            ? { ok: true, payload: JSON.parse(report.payload) }
            : tooLarge,
        );
    }
  }
}

const tooLarge = failed(
  'Function.ResponseSizeTooLarge',
  `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`,
);

/** The end of a function that did not answer in time. */
export function timedOut(requestId: string, timeoutMs: number): Failure {
  const seconds = (timeoutMs / 1000).toFixed(2);
  return failed('Sandbox.Timedout', `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`);
}

/** The end of a worker that went away: its exit status, or `killed`. */
export function exit(requestId: string, status: number | 'killed'): Failure {
  const reasons = { 0: 'exited without providing a reason', killed: 'exited with error: signal: killed' };
  const reason = reasons[status as keyof typeof reasons] ?? `exited with error: exit status ${status}`;
  return failed('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime ${reason}`);
}

function crash(requestId: string, error: Error & { readonly code?: string }): Failure {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return { ...exit(requestId, 'killed'), errorType: 'Runtime.OutOfMemory' };
  }
  // 129 is how AWS's runtime exits after an uncaught exception.
  return { ...exit(requestId, 129), trace: String(error?.stack ?? error).split('\n') };
}

function failed(errorType: string, errorMessage: string): Failure {
  return { ok: false, kind: 'unhandled', errorType, errorMessage };
}

/** The worker's code as JavaScript, made once: stripping types in every worker would double the cost of its start. */
function workerScript(): string {
  script ??= compiledWorker();
  return script;
}
let script: string | undefined;

function compiledWorker(): string {
  const entry = fileURLToPath(new URL('./lambda-worker.ts', import.meta.url));
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
  });
  return outputFiles[0]?.text ?? '';
}

function environmentOf(
  { name, memoryMb, code, handler, environment, role, logging }: FunctionDefinition,
  logStream: string,
  { access, awsUrl }: SandboxPorts,
): Record<string, string> {
  return {
    ...environment,
    AWS_ACCESS_KEY_ID: access.accessKeyFor(role),
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: awsUrl,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: logging.format,
    AWS_LAMBDA_LOG_GROUP_NAME: logging.group,
    ...(logging.format === 'JSON' && { AWS_LAMBDA_LOG_LEVEL: logging.level }),
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_REGION: region,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
    LAMBDA_TASK_ROOT: code,
    TZ: ':UTC',
    _HANDLER: handler,
  };
}

/** A stream of its own for each sandbox, as on AWS. */
function newLogStream(): string {
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return `${today}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
}

/** @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
function newTraceId(): string {
  const time = Math.floor(Date.now() / 1000).toString(16);
  const random = randomBytes(20).toString('hex');
  return `Root=1-${time}-${random.slice(0, 24)};Parent=${random.slice(24)};Sampled=0`;
}
