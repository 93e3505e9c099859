import type { Log } from '../wire/log.ts';

/** What a function wrote. */
export interface LambdaOutput {
  /** Level for text that does not carry its own. */
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

const levels: Readonly<Record<string, LambdaOutput['level'] | undefined>> = {
  INFO: 'info',
  WARN: 'warn',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'error',
  FATAL: 'error',
};

/** Time, request id and level, as Lambda's runtime puts them before each text of `console`. */
const consolePrefix = /^\d{4}-\S+Z\t[\w-]*\t[A-Z]+\t/;

/**
 * Passes what a function wrote to the operator's log. Structured lines keep their members and level; debug lines and
 * embedded metrics (`_aws`) are left out.
 */
export function writeLambdaLog(log: Log, functionPath: string, { level, text }: LambdaOutput): void {
  const message = text.replace(consolePrefix, '').trimEnd();
  const structured = parse(message);
  if (structured === undefined) {
    if (message !== '') log({ level, message, function: functionPath });
    return;
  }
  if ('_aws' in structured) return;
  const { level: given, message: said, msg } = structured;
  const own = given === undefined ? level : levels[String(given).toUpperCase()];
  if (own === undefined) return;
  log({ ...structured, level: own, message: String(said ?? msg ?? ''), function: functionPath });
}

function parse(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
