import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { transformSync } from 'esbuild';
import type { Access } from '../iam/access.ts';
import type { Logs } from '../logs/logs.ts';
import { region } from '../wire/account.ts';
import type { Log } from '../wire/log.ts';
import { type Failure, type FunctionDefinition, failed, type Invocation } from './functions.ts';
import { endLines, startLine } from './lambda-lines.ts';
import { type LambdaOutput, writeLambdaLog } from './lambda-log.ts';
import { sdkRoots } from './lambda-sdk.ts';
import type { WorkerBirth, WorkerOrder, WorkerReport } from './lambda-worker.ts';

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

/** An invocation that a sandbox is to run. */
export interface Job {
  /** The event as JSON. */
  readonly event: string;
  /** An injected fault: `crash-before` the handler runs, `crash-after` it ended and before its answer left, `hang`. */
  readonly fault: string | undefined;
  readonly taken: (requestId: string) => void;
}

/** How an invocation ended, and how long it ran. */
export type Completion = { readonly invocation: Invocation; readonly ms: number };

/** One worker thread with one loaded handler: what AWS calls an execution environment. */
export class Sandbox {
  /** Resolves when the handler is loaded, or with the reason why it cannot be. */
  readonly ready: Promise<Invocation>;
  isAlive = true;
  /** When it last was taken or became free, on the monotonic clock. */
  since = 0;

  readonly #definition: FunctionDefinition;
  readonly #ports: SandboxPorts;
  /** A stream of its own for each sandbox, as on AWS. */
  readonly #logStream = `${today()}/[$LATEST]${randomBytes(16).toString('hex')}`;
  readonly #worker: Worker;
  #requestId = '';
  #settle: (ending: Invocation) => void = () => {};

  /** Starts the worker. */
  constructor(definition: FunctionDefinition, ports: SandboxPorts) {
    this.#definition = definition;
    this.#ports = ports;
    this.#worker = new Worker(workerScript(), {
      eval: true,
      env: environmentOf(definition, this.#logStream, ports),
      workerData: { ...definition, sdkRoots } satisfies WorkerBirth,
      resourceLimits: { maxOldGenerationSizeMb: definition.memoryMb, maxYoungGenerationSizeMb },
      execArgv: [],
    });
    this.#worker.on('message', (report: WorkerReport) => {
      if ('text' in report) this.#write(report);
      else this.#settle(report.ok ? resultOf(report.payload) : report);
    });
    this.#worker.on('error', (error: Error & { readonly code?: string }) => {
      const isTooLarge = error?.code === 'ERR_WORKER_OUT_OF_MEMORY';
      // 129 is how AWS's runtime exits after an uncaught exception.
      const reason = exit(this.#requestId, isTooLarge ? 'killed' : 129);
      this.#write({ level: 'ERROR', text: `${reason.errorMessage}\n${error?.stack ?? error}` });
      void this.kill(isTooLarge ? { ...reason, errorType: 'Runtime.OutOfMemory' } : reason);
    });
    this.#worker.on('exit', (status) => this.kill(exit(this.#requestId, status)));
    this.ready = this.#ending(maxInitMs, `Init timed out after ${(maxInitMs / 1000).toFixed(2)} seconds`);
  }

  /** Runs the handler once. The sandbox must be ready and free. */
  async run({ event, fault, taken }: Job): Promise<Completion> {
    const { logging, timeoutMs } = this.#definition;
    const write = (line: string) => this.#ports.logs.write(logging.group, this.#logStream, line);
    const requestId = randomUUID();
    this.#requestId = requestId;
    this.since = performance.now();
    taken(requestId);
    write(startLine(this.#definition, requestId, new Date()));

    const late = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
    const ending = this.#ending(timeoutMs, `RequestId: ${requestId} Error: ${late}`);
    const order: WorkerOrder = { requestId, event, traceId: newTraceId(), deadline: Date.now() + timeoutMs };
    const killed = exit(requestId, 'killed');
    if (fault === 'crash-before') void this.kill(killed);
    else if (fault !== 'hang') this.#worker.postMessage(order);
    const own = await ending;
    const ms = performance.now() - this.since;
    if (fault === 'crash-after') void this.kill(killed);

    const completion = { invocation: fault === 'crash-after' ? killed : own, ms };
    for (const line of endLines(this.#definition, requestId, completion, new Date())) write(line);
    return completion;
  }

  /** Ends the worker at once, whatever it does; what it runs ends like this. */
  async kill(ending: Failure): Promise<void> {
    this.isAlive = false;
    this.#settle(ending);
    await this.#worker.terminate();
  }

  /** The next end that the worker reports. It is killed when it does not report in time. */
  #ending(ms: number, lateMessage: string): Promise<Invocation> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.kill(failed('unhandled', 'Sandbox.Timedout', lateMessage)), ms);
      this.#settle = (ending) => {
        clearTimeout(timer);
        resolve(ending);
      };
    });
  }

  #write(output: LambdaOutput): void {
    const { path, logging } = this.#definition;
    writeLambdaLog(this.#ports.log, path, output);
    this.#ports.logs.write(logging.group, this.#logStream, output.text);
  }
}

/** The end of a worker that went away: its exit status, or `killed`. */
function exit(requestId: string, status: number | 'killed'): Failure {
  const reasons = { 0: 'exited without providing a reason', killed: 'exited with error: signal: killed' };
  const reason = reasons[status as keyof typeof reasons] ?? `exited with error: exit status ${status}`;
  return failed('unhandled', 'Runtime.ExitError', `RequestId: ${requestId} Error: Runtime ${reason}`);
}

function resultOf(payload: string): Invocation {
  if (Buffer.byteLength(payload) <= maxResponseBytes) return { ok: true, payload: JSON.parse(payload) };
  const message = `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`;
  return failed('unhandled', 'Function.ResponseSizeTooLarge', message);
}

/** The worker's code as JavaScript, made once: stripping types in every worker would double the cost of its start. */
function workerScript(): string {
  const source = () => readFileSync(new URL('./lambda-worker.ts', import.meta.url), 'utf8');
  script ??= transformSync(source(), { loader: 'ts', format: 'cjs', target: 'node24' }).code;
  return script;
}
let script: string | undefined;

function environmentOf(
  { name, memoryMb, code, handler, environment, role, logging }: FunctionDefinition,
  logStream: string,
  { access, awsUrl }: SandboxPorts,
): Record<string, string> {
  return {
    ...environment,
    ...{ AWS_REGION: region, AWS_DEFAULT_REGION: region, AWS_ENDPOINT_URL: awsUrl },
    AWS_ACCESS_KEY_ID: access.accessKeyFor(role),
    ...{ AWS_SECRET_ACCESS_KEY: 'local', AWS_SESSION_TOKEN: 'local' },
    ...{ AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x', AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand' },
    ...{ AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_FUNCTION_VERSION: '$LATEST' },
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    ...{ AWS_LAMBDA_LOG_GROUP_NAME: logging.group, AWS_LAMBDA_LOG_STREAM_NAME: logStream },
    AWS_LAMBDA_LOG_FORMAT: logging.format,
    ...(logging.format === 'JSON' && { AWS_LAMBDA_LOG_LEVEL: logging.level }),
    ...{ LAMBDA_TASK_ROOT: code, TZ: ':UTC', _HANDLER: handler },
  };
}

const today = () => new Date().toISOString().slice(0, 10).replaceAll('-', '/');

/** @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
function newTraceId(): string {
  const time = Math.floor(Date.now() / 1000).toString(16);
  const random = randomBytes(20).toString('hex');
  return `Root=1-${time}-${random.slice(0, 24)};Parent=${random.slice(24)};Sampled=0`;
}
