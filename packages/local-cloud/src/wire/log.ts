/** One line of the operator's log. */
export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [key: string]: unknown;
}

/** Writes to the operator's log. */
export type Log = (entry: LogEntry) => void;
