/** Preferences, separated by commas outside of quotes. */
const preference = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;

const wait = /^\s*wait\s*(?:[=;]|$)/i;
const seconds = /^[^=]*=\s*"?(\d{1,9})"?\s*(?:;|$)/;

/**
 * Reads `Prefer: wait=N` (RFC 7240, 4.3). What is unknown or malformed counts as not sent.
 *
 * @param maxSeconds - a client that prefers to wait longer waits this long
 * @returns seconds; 0 when the client does not wait
 */
export function preferredWait(prefer: string | undefined, maxSeconds: number): number {
  // Only the first instance of a preference counts (RFC 7240, 2).
  const first = prefer?.match(preference)?.find((text) => wait.test(text)) ?? '';
  return Math.min(maxSeconds, Number(seconds.exec(first)?.[1] ?? 0));
}
