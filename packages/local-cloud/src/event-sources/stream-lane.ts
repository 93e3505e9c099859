import type { StreamRecord } from './stream-batch.ts';

/** Lambda's limit on an event. */
const maxEventBytes = 6 * 1024 * 1024;

/** How a lane gathers its batches. */
export interface LaneSettings {
  readonly batchSize: number;
  /** From the first record on; already scaled. */
  readonly windowMs: number;
}

/** Records of one order: gathered to batches and delivered one batch after the other. */
export class StreamLane {
  readonly #settings: LaneSettings;
  readonly #deliver: (batch: readonly StreamRecord[]) => Promise<void>;
  readonly #stopping: AbortSignal;
  readonly #waiting: { readonly record: StreamRecord; readonly bytes: number; readonly since: number }[] = [];
  #isRunning = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    settings: LaneSettings,
    stopping: AbortSignal,
    deliver: (batch: readonly StreamRecord[]) => Promise<void>,
  ) {
    this.#settings = settings;
    this.#deliver = deliver;
    this.#stopping = stopping;
    stopping.addEventListener('abort', () => clearTimeout(this.#timer), { once: true });
  }

  push(record: StreamRecord): void {
    const bytes = Buffer.byteLength(JSON.stringify(record));
    this.#waiting.push({ record, bytes, since: performance.now() });
    this.#consider();
  }

  /** Delivers when a batch is full or its window is over. */
  #consider(): void {
    const [first] = this.#waiting;
    if (!first || this.#isRunning || this.#stopping.aborted) return;
    const left = first.since + this.#settings.windowMs - performance.now();
    clearTimeout(this.#timer);
    if (left <= 0 || this.#isFull()) void this.#run();
    else this.#timer = setTimeout(() => this.#consider(), Math.ceil(left));
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // What is read in the same turn belongs to the same batch.
    await new Promise(setImmediate);
    await this.#deliver(this.#take());
    this.#isRunning = false;
    this.#consider();
  }

  #isFull(): boolean {
    const { batchSize } = this.#settings;
    if (this.#waiting.length >= batchSize) return true;
    return this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0) >= maxEventBytes;
  }

  #take(): StreamRecord[] {
    let size = 0;
    const isWithin = this.#waiting.slice(0, this.#settings.batchSize).map(({ bytes }) => {
      size += bytes + 1;
      return size <= maxEventBytes - 100;
    });
    const count = Math.max(1, isWithin.filter(Boolean).length);
    return this.#waiting.splice(0, count).map(({ record }) => record);
  }
}
