import { z } from 'zod';

/** An RFC 3339 time with an uppercase `T` and either `Z` or an offset. */
const format = z.iso.datetime({ offset: true });

/** Nanoseconds since the epoch; undefined for what Step Functions does not take for a timestamp. */
export function timestampNanoseconds(value: unknown): bigint | undefined {
  const { data } = format.safeParse(value);
  if (data === undefined) return undefined;
  const [fraction = '', digits = ''] = /\.(\d+)/.exec(data) ?? [];
  const milliseconds = Date.parse(data.replace(fraction, ''));
  return BigInt(milliseconds) * 1_000_000n + BigInt(digits.slice(0, 9).padEnd(9, '0'));
}
