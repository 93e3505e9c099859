import type { Operate } from './operator-function.ts';
import type { Terminal } from './terminal.ts';

/** What every command works with. */
export interface Session {
  readonly operate: Operate;
  readonly terminal: Terminal;
  /** Prints a result: as JSON if that was asked for, otherwise as text. */
  readonly show: (result: object, describe: () => string) => void;
  /** @throws Failure when the answer is no, or nobody is there to ask */
  readonly confirm: (question: string) => Promise<void>;
  readonly watchIntervalMs: number;
}
