const baseMs = 500;
const capMs = 30_000;

/**
 * Full jitter: a random wait up to a bound that doubles with each attempt, so that clients that lost the same server do
 * not return at the same moment (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param attempt failures so far, 0 or more
 * @returns milliseconds to wait, at most 30 s
 */
export const backoff = (attempt: number, random: () => number): number =>
  random() * Math.min(capMs, baseMs * 2 ** attempt);
