import { cpus } from 'node:os';
import { type FunctionDefinition, failed } from './functions.ts';
import { type Completion, type Job, Sandbox, type SandboxPorts } from './lambda-sandbox.ts';

type Waiting = Job & { readonly since: number; readonly settle: (completion: Completion) => void };

/** Enough that handlers which wait for seconds do not starve others, few enough for the memory of one machine. */
const maxSandboxes = 10;
/** A queue that is shorter is served as soon by the sandboxes there are: a cold start takes its time too. */
const patienceMs = 500;
/** Sandboxes beyond the first that were not needed for so long are ended. */
const idleMs = 30_000;
/** Above this share of its time, the loop or the machine has no room for more callers. */
const busy = 0.8;
/** A handler that runs for longer waits for something else than this machine. */
const slowMs = 1_000;

const stopping = failed('service', 'ServiceException', 'The local cloud is stopping');

/** The sandboxes of one function. They start when they are needed; calls beyond them wait in a queue. */
export class FunctionPool {
  readonly definition: FunctionDefinition;
  readonly #ports: SandboxPorts;
  readonly #sandboxes = new Set<Sandbox>();
  /** Most recently used last. */
  readonly #idle: Sandbox[] = [];
  readonly #queue: Waiting[] = [];
  readonly #upkeep: NodeJS.Timeout;
  #isStarting = false;
  #isStopped = false;
  #load = loadNow();

  constructor(definition: FunctionDefinition, ports: SandboxPorts) {
    this.definition = definition;
    this.#ports = ports;
    this.#upkeep = setInterval(() => this.#keepUp(), patienceMs / 2).unref();
  }

  /** Invocations that run or wait to run. */
  get concurrency(): number {
    return this.#queue.length + this.#sandboxes.size - this.#idle.length - Number(this.#isStarting);
  }

  /** Runs the handler in a free sandbox as soon as there is one, and calls `taken` then. */
  run(job: Job): Promise<Completion> {
    return new Promise((settle) => {
      if (this.#isStopped) return settle({ invocation: stopping, ms: 0 });
      this.#queue.push({ ...job, since: performance.now(), settle });
      this.#dispatch();
    });
  }

  /** Starts the first sandbox before a call needs it. A function that cannot be loaded says so at its first call. */
  async warm(): Promise<void> {
    if (this.#sandboxes.size === 0 && !this.#isStopped) await this.#grow();
  }

  /** Ends all sandboxes; whoever still waits is told so. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#upkeep);
    for (const { settle } of this.#queue.splice(0)) settle({ invocation: stopping, ms: 0 });
    await Promise.all([...this.#sandboxes].map((sandbox) => sandbox.kill(stopping)));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const sandbox = this.#idle.pop();
      if (!sandbox) break;
      if (sandbox.isAlive) void this.#serve(sandbox, this.#queue.shift() as Waiting);
      else this.#sandboxes.delete(sandbox);
    }
    if (this.#queue.length > 0 && this.#sandboxes.size === 0) void this.#grow();
  }

  async #serve(sandbox: Sandbox, job: Waiting): Promise<void> {
    const completion = await sandbox.run(job);
    this.#release(sandbox);
    job.settle(completion);
  }

  #release(sandbox: Sandbox): void {
    sandbox.since = performance.now();
    if (sandbox.isAlive) this.#idle.push(sandbox);
    else this.#sandboxes.delete(sandbox);
    this.#dispatch();
  }

  async #grow(): Promise<void> {
    const sandbox = new Sandbox(this.definition, this.#ports);
    this.#sandboxes.add(sandbox);
    this.#isStarting = true;
    const start = performance.now();
    const invocation = await sandbox.ready;
    this.#isStarting = false;
    if (!invocation.ok) {
      void sandbox.kill(invocation);
      // As on AWS, a function that cannot be loaded fails the call that it was loaded for.
      this.#queue.shift()?.settle({ invocation, ms: performance.now() - start });
    }
    this.#release(sandbox);
  }

  /** Starts a sandbox when the queue has waited and another one would help; ends those that were idle for long. */
  #keepUp(): void {
    const now = performance.now();
    const [next] = this.#queue;
    const max = Math.min(maxSandboxes, this.definition.reservedConcurrency ?? maxSandboxes);
    const mayGrow = !this.#isStarting && this.#sandboxes.size < max;
    if (next && mayGrow && now - next.since >= patienceMs && this.#wouldHelp(now)) void this.#grow();
    while (this.#sandboxes.size > 1 && this.#idle[0] && now - this.#idle[0].since >= idleMs) {
      const [oldest] = this.#idle.splice(0, 1) as [Sandbox];
      this.#sandboxes.delete(oldest);
      void oldest.kill(stopping);
    }
  }

  /**
   * The embedded services share one loop, and all threads share the processors. Once either is busy, another sandbox
   * takes memory and makes all others slower, unless every sandbox waits for something else.
   */
  #wouldHelp(now: number): boolean {
    const last = this.#load;
    this.#load = loadNow();
    const { utilization } = performance.eventLoopUtilization(this.#load.loop, last.loop);
    const machine = 1 - (this.#load.idle - last.idle) / (this.#load.at - last.at);
    const isBusy = utilization >= busy || machine >= busy;
    return !isBusy || [...this.#sandboxes].every(({ since }) => now - since > slowMs);
  }
}

/** The load of this thread, and the average time that a processor has been idle, in milliseconds. */
function loadNow() {
  const processors = cpus();
  const idle = processors.reduce((total, { times }) => total + times.idle, 0) / processors.length;
  return { loop: performance.eventLoopUtilization(), idle, at: performance.now() };
}
