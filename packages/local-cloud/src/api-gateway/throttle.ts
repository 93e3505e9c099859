/** The limit of a route by its key; undefined for none. */
export type Throttling = (
  routeKey: string,
) => { readonly ratePerSecond: number; readonly burst: number } | undefined;

const unlimited = { ratePerSecond: 0, burst: Number.POSITIVE_INFINITY };

/**
 * Throttles a stage: every route has a token bucket, full at first and filling at the steady rate.
 * @returns whether one more request of a route is allowed; takes a token when it is
 */
export function throttle(limitOf: Throttling = () => undefined): (routeKey: string) => boolean {
  const buckets = new Map<string, ReturnType<typeof bucketOf>>();
  const bucketOf = (routeKey: string) => {
    const limit = limitOf(routeKey) ?? unlimited;
    return { ...limit, tokens: limit.burst, filledAt: performance.now() };
  };
  return (routeKey) => {
    const bucket = buckets.get(routeKey) ?? bucketOf(routeKey);
    buckets.set(routeKey, bucket);
    const { ratePerSecond, burst, tokens, filledAt } = bucket;
    bucket.filledAt = performance.now();
    bucket.tokens = Math.min(burst, tokens + ((bucket.filledAt - filledAt) / 1000) * ratePerSecond);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  };
}
