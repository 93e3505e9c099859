/** The limits of a stage, which hold for each of its routes. */
export interface Throttling {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/**
 * Throttles a stage: every route has a token bucket, full at first and filling at the steady rate.
 * @returns whether one more request of a route is allowed; takes a token when it is
 */
export function throttle({ ratePerSecond, burst }: Throttling): (routeKey: string) => boolean {
  const buckets = new Map<string, { tokens: number; filledAt: number }>();
  return (routeKey) => {
    const now = performance.now();
    const { tokens, filledAt } = buckets.get(routeKey) ?? { tokens: burst, filledAt: now };
    const filled = Math.min(burst, tokens + ((now - filledAt) / 1000) * ratePerSecond);
    const isAllowed = filled >= 1;
    buckets.set(routeKey, { tokens: isAllowed ? filled - 1 : filled, filledAt: now });
    return isAllowed;
  };
}
