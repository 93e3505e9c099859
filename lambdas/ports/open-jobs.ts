/** Jobs that have not ended. */
export interface OpenJobs {
  /** Lists the ids of the open jobs that were accepted before a time. */
  listOpen(before: Date): AsyncIterable<string>;
}
