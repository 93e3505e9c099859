/** Jobs that have not ended for good. */
export interface OpenJobs {
  /** Lists the ids of the jobs that were accepted before a time and are open, or whose redrive expired before it. */
  listOpen(at: Date): AsyncIterable<string>;
}
