/** Exit codes, for scripts. */
export const exitCodes = {
  done: 0,
  /** AWS or the function failed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The request was refused, wholly or in part, or the watched job did not complete. */
  refused: 3,
  /** Not confirmed, or stopped with Ctrl-C (128 + SIGINT). */
  aborted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A failure that the tool reports in one line, and the exit code that it means. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: ExitCode;

  constructor(kind: Exclude<keyof typeof exitCodes, 'done'>, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCodes[kind];
  }
}
