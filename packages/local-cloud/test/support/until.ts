/** Waits until a probe finds something, and gives what it found. */
export async function until<T>(
  probe: () => T | Promise<T>,
  withinMs = 20_000,
): Promise<Exclude<T, undefined | null | false>> {
  for (const end = Date.now() + withinMs; ; ) {
    const found = await probe();
    if (found) return found as Exclude<T, undefined | null | false>;
    if (Date.now() > end) throw new Error(`Not within ${withinMs} ms: ${probe}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
