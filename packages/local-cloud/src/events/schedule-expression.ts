/** When a schedule is due next, in epoch milliseconds; undefined when never again. */
export type Schedule = (after: number) => number | undefined;

const unitMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
/** As far as a cron expression is looked ahead. */
const horizonDays = 366 * 8;

/**
 * Reads `rate(…)` and `cron(…)`; cron is in UTC.
 * @throws Error saying what is allowed.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export function parseSchedule(expression: string): Schedule {
  const [, digits, unit = '', plural] = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const value = Number(digits);
  // AWS insists on the grammar: `1 minute`, `5 minutes`.
  if (value > 0 && (value === 1) === (plural === '')) {
    const interval = value * (unitMs[unit] as number);
    return (after) => after + interval;
  }
  const [, fields] = /^cron\(([^()]+)\)$/.exec(expression) ?? [];
  const parts = fields?.trim().split(/\s+/) ?? [];
  if (parts.length !== 6) {
    throw new Error(
      `ScheduleExpression is ${expression}; allowed: rate(1 minute), rate(5 minutes), cron(0 12 * * ? *)`,
    );
  }
  if ((parts[2] === '?') === (parts[4] === '?')) {
    throw new Error(`ScheduleExpression is ${expression}; one of the two days must be ?, and only one`);
  }
  return cron(parts, expression);
}

function cron([minute, hour, day, month, weekday, year]: readonly string[], expression: string): Schedule {
  const set = (
    field: string | undefined,
    min: number,
    max: number,
    names: readonly string[] = [],
    first = 0,
  ) => values(field ?? '', min, max, names, first, expression);
  const minutes = [...set(minute, 0, 59)].sort((a, b) => a - b);
  const hours = [...set(hour, 0, 23)].sort((a, b) => a - b);
  const days = set(day, 1, 31);
  const inMonths = set(month, 1, 12, months, 1);
  const onWeekdays = set(weekday, 1, 7, weekdays, 1);
  const years = set(year, 1970, 2199);

  return (after) => {
    const start = new Date(after);
    for (let ahead = 0; ahead < horizonDays; ahead++) {
      const midnight = Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate() + ahead);
      const date = new Date(midnight);
      const isDue =
        years.has(date.getUTCFullYear()) &&
        inMonths.has(date.getUTCMonth() + 1) &&
        days.has(date.getUTCDate()) &&
        onWeekdays.has(date.getUTCDay() + 1);
      if (!isDue) continue;
      const times = hours.flatMap((h) => minutes.map((m) => midnight + h * 3_600_000 + m * 60_000));
      const next = times.find((time) => time > after);
      if (next !== undefined) return next;
    }
    return undefined;
  };
}

function values(
  field: string,
  min: number,
  max: number,
  names: readonly string[],
  first: number,
  expression: string,
): Set<number> {
  const numberOf = (text: string): number => {
    const name = names.indexOf(text.toUpperCase());
    const value = name === -1 ? Number(text) : name + first;
    if (!/^\w+$/.test(text) || !(value >= min && value <= max)) {
      throw new Error(
        `ScheduleExpression ${expression} has ${text}; the local cloud knows ${min} to ${max} there`,
      );
    }
    return value;
  };
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step] = part.split('/');
    const isAny = range === '*' || range === '?';
    const [from = '', to] = range.split('-');
    const low = isAny ? min : numberOf(from);
    const high = isAny || (to === undefined && step !== undefined) ? max : numberOf(to ?? from);
    const by = step === undefined ? 1 : Number(step);
    if (!(Number.isInteger(by) && by > 0))
      throw new Error(`ScheduleExpression ${expression} has the step ${step}`);
    for (let value = low; value <= high; value += by) found.add(value);
  }
  return found;
}
