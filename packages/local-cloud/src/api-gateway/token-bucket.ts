/** Steady rate and burst, as API Gateway throttles. */
export interface BucketSize {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/**
 * A token bucket: full at first, and filling at the steady rate.
 * @param now Milliseconds on a monotonic clock.
 * @returns Whether one more request is allowed; takes a token when it is.
 */
export function tokenBucket(
  { ratePerSecond, burst }: BucketSize,
  now = () => performance.now(),
): () => boolean {
  let tokens = burst;
  let filledAt = now();
  return () => {
    const time = now();
    tokens = Math.min(burst, tokens + ((time - filledAt) / 1000) * ratePerSecond);
    filledAt = time;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** The limit of a route by its key; undefined for none. */
export type SizeOf = (routeKey: string) => BucketSize | undefined;

/** Throttles a stage: a bucket for each route that has a limit. */
export function throttle(sizeOf: SizeOf = () => undefined): (routeKey: string) => boolean {
  const buckets = new Map<string, () => boolean>();
  return (routeKey) => {
    let take = buckets.get(routeKey);
    if (!take) {
      const size = sizeOf(routeKey);
      take = size ? tokenBucket(size) : () => true;
      buckets.set(routeKey, take);
    }
    return take();
  };
}
