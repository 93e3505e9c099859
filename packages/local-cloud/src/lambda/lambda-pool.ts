import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import type { FunctionDefinition, Invocation } from './functions.ts';
import { exit, Sandbox, type SandboxPorts } from './lambda-sandbox.ts';

/** Where an injected crash strikes: before the handler runs, or after it ended and before its answer left. */
export type Crash = 'before' | 'after' | undefined;

interface Job {
  /** The event as JSON. */
  readonly event: string;
  readonly crash: Crash;
  readonly queuedAt: number;
  readonly taken: (requestId: string) => void;
  readonly settle: (end: Completion) => void;
}

/** How an invocation ended, and how long it ran. */
export interface Completion {
  readonly invocation: Invocation;
  readonly ms: number;
}

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

/** The sandboxes of one function. They start when they are needed; calls beyond them wait in a queue. */
export class FunctionPool {
  readonly #definition: FunctionDefinition;
  readonly #ports: SandboxPorts;
  readonly #sandboxes = new Set<Sandbox>();
  /** Most recently used last. */
  readonly #idle: Sandbox[] = [];
  readonly #queue: Job[] = [];
  readonly #trimming: NodeJS.Timeout;
  #starting = 0;
  #lastLoop = performance.eventLoopUtilization();
  #lastMachine = processorTimes();
  #growth: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(definition: FunctionDefinition, ports: SandboxPorts) {
    this.#definition = definition;
    this.#ports = ports;
    this.#trimming = setInterval(() => this.#trim(), idleMs / 6).unref();
  }

  /** Runs the handler in a free sandbox as soon as there is one, and calls `taken` then. */
  run(event: string, crash: Crash, taken: Job['taken']): Promise<Completion> {
    return new Promise((settle) => {
      if (this.#isStopped) return settle({ invocation: stopped, ms: 0 });
      this.#queue.push({ event, crash, queuedAt: performance.now(), taken, settle });
      this.#dispatch();
    });
  }

  /** Ends all sandboxes; whoever still waits is told so. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#trimming);
    clearTimeout(this.#growth);
    for (const job of this.#queue.splice(0)) job.settle({ invocation: stopped, ms: 0 });
    await Promise.all([...this.#sandboxes].map((sandbox) => sandbox.kill()));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const sandbox = this.#idle.pop();
      if (!sandbox) break;
      if (!sandbox.isAlive) {
        this.#sandboxes.delete(sandbox);
        continue;
      }
      void this.#serve(sandbox, this.#queue.shift() as Job);
    }
    this.#considerGrowth();
  }

  async #serve(sandbox: Sandbox, { event, crash, taken, settle }: Job): Promise<void> {
    const requestId = randomUUID();
    taken(requestId);
    sandbox.since = performance.now();
    const start = performance.now();
    let invocation: Invocation = exit(requestId, 'killed');
    if (crash !== 'before') {
      const ending = await sandbox.run(requestId, event);
      if (crash !== 'after') invocation = ending;
    }
    if (crash) void sandbox.kill();

    this.#release(sandbox);
    settle({
      invocation: this.#isStopped && !invocation.ok ? stopped : invocation,
      ms: performance.now() - start,
    });
  }

  #release(sandbox: Sandbox): void {
    if (sandbox.isAlive) {
      sandbox.since = performance.now();
      this.#idle.push(sandbox);
    } else {
      this.#sandboxes.delete(sandbox);
    }
    this.#dispatch();
  }

  /** Starts a sandbox when there is none, or when the queue has waited and more sandboxes would help. */
  #considerGrowth(): void {
    if (this.#isStopped || this.#growth || this.#starting > 0) return;
    const [next] = this.#queue;
    const max = Math.min(maxSandboxes, this.#definition.reservedConcurrency ?? maxSandboxes);
    if (!next || this.#sandboxes.size >= max) return;

    const rest = this.#sandboxes.size === 0 ? 0 : next.queuedAt + patienceMs - performance.now();
    if (rest <= 0 && this.#wouldHelp()) return void this.#grow();
    this.#growth = setTimeout(
      () => {
        this.#growth = undefined;
        this.#considerGrowth();
      },
      rest > 0 ? rest : patienceMs,
    );
  }

  #wouldHelp(): boolean {
    // The embedded services share one loop, and all threads share the processors. Once either is busy, more sandboxes
    // only make it wait, and take memory; unless all there are wait for something else.
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#lastLoop);
    this.#lastLoop = loop;
    const machine = processorTimes();
    const idle = (machine.idle - this.#lastMachine.idle) / (machine.all - this.#lastMachine.all);
    this.#lastMachine = machine;
    if (utilization < busy && 1 - idle < busy) return true;
    const now = performance.now();
    return [...this.#sandboxes].every(({ since }) => now - since > slowMs);
  }

  async #grow(): Promise<void> {
    const sandbox = new Sandbox(this.#definition, this.#ports);
    this.#sandboxes.add(sandbox);
    this.#starting += 1;
    const start = performance.now();
    const failure = await sandbox.ready;
    this.#starting -= 1;
    // As on AWS, a function that cannot be loaded fails the call that it was loaded for.
    if (failure) this.#queue.shift()?.settle({ invocation: failure, ms: performance.now() - start });
    this.#release(sandbox);
  }

  #trim(): void {
    while (this.#sandboxes.size > 1) {
      const [oldest] = this.#idle;
      if (!oldest || performance.now() - oldest.since < idleMs) return;
      this.#idle.shift();
      this.#sandboxes.delete(oldest);
      void oldest.kill();
    }
  }
}

/** Milliseconds of all processors since the machine was started. */
function processorTimes(): { idle: number; all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (all: number[]) => all.reduce((total, ms) => total + ms, 0);
  return { idle: sum(times.map(({ idle }) => idle)), all: sum(times.flatMap((time) => Object.values(time))) };
}

const stopped: Invocation = {
  ok: false,
  kind: 'service',
  errorType: 'ServiceException',
  errorMessage: 'The local cloud is stopping',
};
