/** What the worker says of a job at each change. */
export type Progress = {
  /** The stage that ended; `done` after the last. */
  readonly stage: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
};
