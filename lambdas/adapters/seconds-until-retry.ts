/** A date as HTTP servers write it (RFC 9110, 5.6.7). The obsolete formats are not read. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Seconds to wait according to a `Retry-After` header, which holds seconds or a date (RFC 9110, 10.2.3).
 *
 * @returns 0 for a date in the past; undefined when there is no header or it holds neither
 */
export function secondsUntilRetry(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const date = httpDate.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now.getTime()) / 1000));
}
