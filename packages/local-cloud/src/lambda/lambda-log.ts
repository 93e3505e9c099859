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

/**
 * Passes what a function wrote to the operator's log. Structured lines keep their members and level; debug lines and
 * embedded metrics (`_aws`) are left out.
 */
export function writeLambdaLog(log: Log, functionPath: string, { level, text }: LambdaOutput): void {
  const structured = parse(text);
  if (structured === undefined) {
    const message = text.trimEnd();
    if (message !== '') log({ level, message, function: functionPath });
    return;
  }
  if ('_aws' in structured) return;
  const own = structured.level === undefined ? level : levels[String(structured.level).toUpperCase()];
  if (own === undefined) return;
  log({
    ...structured,
    level: own,
    message: String(structured.message ?? structured.msg ?? ''),
    function: functionPath,
  });
}

function parse(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
