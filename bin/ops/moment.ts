import { Failure } from './failures.ts';

/** Milliseconds of each unit of a duration. */
const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A moment in the past: `90m` ago, or an ISO 8601 time.
 *
 * @returns ISO 8601, UTC
 * @throws Failure when it is neither
 */
export function momentOf(text: string, now: Date): string {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(now.getTime() - Number(count) * (units[unit] ?? 0)).toISOString();
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new Failure(
      'usage',
      `--since is '${text}'; it takes a duration such as 90m, 2h or 7d, or an ISO 8601 time.`,
    );
  return new Date(time).toISOString();
}
