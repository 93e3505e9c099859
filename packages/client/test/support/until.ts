/** What a right client does at once, a busy machine does within this time. Only a test that fails waits for it. */
const limitMs = 20_000;

/**
 * Waits until a condition holds.
 *
 * @throws Error with the condition when it does not come to hold
 */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`This does not come to hold: ${condition}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Waits for what comes without further ado.
 *
 * @param missing what is said when it does not come
 */
export function soon<T>(promise: Promise<T>, missing: () => string = () => 'It is pending.'): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(missing())), limitMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
