/**
 * Runs all works, `concurrency` at once. The first failure aborts the signal of the others.
 * @param outer Aborts all of them.
 * @returns their results in the order of the works
 */
export async function together(
  works: readonly ((signal: AbortSignal) => Promise<unknown>)[],
  concurrency: number,
  outer: AbortSignal,
): Promise<unknown[]> {
  const failing = new AbortController();
  const signal = AbortSignal.any([outer, failing.signal]);
  const outputs: unknown[] = [];
  const queue = works.entries();
  const worker = async () => {
    for (const [index, work] of queue) {
      signal.throwIfAborted();
      outputs[index] = await work(signal);
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, works.length) }, worker);
  await Promise.all(workers).catch((error) => {
    failing.abort();
    throw error;
  });
  return outputs;
}
