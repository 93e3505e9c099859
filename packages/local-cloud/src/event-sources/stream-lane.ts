import type { StreamRecord } from './stream-batch.ts';

/** Lambda's limit on an event. */
const maxEventBytes = 6 * 1024 * 1024;

/**
 * Records of one order: gathered to batches and delivered one batch after the other.
 * @param windowMs From the first record on; already scaled.
 * @returns a function that takes the next record
 */
export function streamLane(
  { batchSize, windowMs }: { readonly batchSize: number; readonly windowMs: number },
  stopping: AbortSignal,
  deliver: (batch: readonly StreamRecord[]) => Promise<void>,
): (record: StreamRecord) => void {
  const waiting: { readonly record: StreamRecord; readonly bytes: number; readonly since: number }[] = [];
  let waitingBytes = 0;
  let isRunning = false;
  let timer: NodeJS.Timeout | undefined;
  stopping.addEventListener('abort', () => clearTimeout(timer), { once: true });

  /** Delivers when a batch is full or its window is over. */
  function consider(): void {
    const [first] = waiting;
    if (!first || isRunning || stopping.aborted) return;
    clearTimeout(timer);
    const left = first.since + windowMs - performance.now();
    const isFull = waiting.length >= batchSize || waitingBytes >= maxEventBytes;
    if (left <= 0 || isFull) void run();
    else timer = setTimeout(consider, Math.ceil(left));
  }

  async function run(): Promise<void> {
    isRunning = true;
    // What is read in the same turn belongs to the same batch.
    await new Promise(setImmediate);
    let count = 0;
    let size = 100;
    for (const { bytes } of waiting.slice(0, batchSize)) {
      size += bytes + 1;
      if (count > 0 && size > maxEventBytes) break;
      count += 1;
    }
    const batch = waiting.splice(0, count);
    for (const { bytes } of batch) waitingBytes -= bytes;
    await deliver(batch.map(({ record }) => record));
    isRunning = false;
    consider();
  }

  return (record) => {
    const bytes = Buffer.byteLength(JSON.stringify(record));
    waitingBytes += bytes;
    waiting.push({ record, bytes, since: performance.now() });
    consider();
  };
}
