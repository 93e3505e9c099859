const unitMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
/** Longest delay of a Node.js timer. */
const maxDelayMs = 2 ** 31 - 1;

/**
 * Reads `rate(…)`, in AWS's grammar: `1 minute`, `5 minutes`.
 * @returns the interval in milliseconds
 * @throws Error saying what is allowed.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export function parseRate(expression: string): number {
  const [, digits, unit = '', plural] = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const value = Number(digits);
  const intervalMs = value * (unitMs[unit] ?? 0);
  if (value > 0 && (value === 1) === (plural === '') && intervalMs <= maxDelayMs) return intervalMs;
  throw new Error(
    `ScheduleExpression is ${expression}; the local cloud knows rate(1 minute), rate(5 minutes), … up to rate(24 days)`,
  );
}

/**
 * Runs something at an interval.
 * @param run Never rejects.
 * @param overlap Whether a run begins while the one before is still going on; else it is left out, so that runs in
 *   shrunken time do not pile up.
 * @returns a function that ends it
 */
export function runEvery(
  intervalMs: number,
  run: () => Promise<void>,
  { overlap }: { readonly overlap: boolean },
): () => void {
  let running = 0;
  const tick = async () => {
    if (running > 0 && !overlap) return;
    running += 1;
    await run();
    running -= 1;
  };
  const timer = setInterval(tick, Math.min(intervalMs, maxDelayMs));
  return () => clearInterval(timer);
}
