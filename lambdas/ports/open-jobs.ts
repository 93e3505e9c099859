/** Jobs that have not ended for good. */
export interface OpenJobs {
  /**
   * Lists the ids of the jobs that were accepted before a time and are open, or whose redrive expired before it: in parts that
   * can be read side by side, the oldest of each first.
   */
  listOpen(at: Date): readonly AsyncIterable<string>[];
  /** Lists the jobs that may be redriven until a time or longer. */
  listRedrivable(at: Date): AsyncIterable<RedrivableJob>;
  /**
   * Lists some of the jobs that have not ended for good, in no order, with those that wait for a redrive.
   *
   * @param cursor - the `cursor` of the page before
   */
  page(limit: number, cursor?: string): Promise<OpenJobsPage>;
}

export interface RedrivableJob {
  readonly jobId: string;
  /** When its redrive expires, ISO 8601. */
  readonly until: string;
}

export interface OpenJobsPage {
  readonly jobIds: readonly string[];
  /** Absent on the last page. */
  readonly cursor?: string | undefined;
}
