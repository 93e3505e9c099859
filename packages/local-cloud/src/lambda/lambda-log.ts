import type { Log, LogEntry } from '../wire/log.ts';

/** A line that a function wrote, and a level for text that does not carry its own, as Lambda names it. */
export type LambdaOutput = Readonly<Record<'level' | 'text', string>>;

/** Lines of other levels are not for the operator. */
const levels: Readonly<Record<string, LogEntry['level'] | undefined>> = {
  ...{ INFO: 'info', WARN: 'warn', ERROR: 'error', CRITICAL: 'error', FATAL: 'error' },
};

/** Time, request id and level, as Lambda's runtime puts them before each text of `console`. */
const consolePrefix = /^\d{4}-\S+Z\t[\w-]*\t[A-Z]+\t/;

/** Passes lines to the operator's log, with the members of structured ones; debug and metrics (`_aws`) are left out. */
export function writeLambdaLog(log: Log, functionPath: string, output: LambdaOutput): void {
  const text = output.text.replace(consolePrefix, '').trimEnd();
  const { _aws: metrics, level: given = output.level, message, msg, ...members } = membersOf(text);
  const level = levels[String(given).toUpperCase()];
  if (text === '' || metrics !== undefined || !level) return;
  log({ ...members, level, message: String(message ?? msg ?? ''), function: functionPath });
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    if (text.startsWith('{')) return JSON.parse(text);
  } catch {}
  return { message: text };
}
