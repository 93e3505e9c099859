import { JobCancelledError, JobFailedError } from './errors.ts';
import type { ApiAnswer, Http } from './http.ts';
import type { Platform } from './platform.ts';
import type { StatusDocument } from './protocol.ts';
import { updatesOf, type WaitOptions } from './updates.ts';
import { isTerminal, type Watch } from './watch.ts';

/** What a completed job made of the order. */
export type OrderResult = NonNullable<StatusDocument['result']>;

/** A request that may be given up. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * One job. Iterating it gives the newest version known and every newer one, and ends with the terminal one. The job is
 * watched only while someone waits for it; leaving the loop ends that. `JSON.stringify(handle)` keeps what
 * {@link OrdersClient.watch} needs to resume after a reload.
 */
export interface OrderHandle extends AsyncIterable<StatusDocument, undefined> {
  readonly jobId: string;
  /** Relative to the API's origin. */
  readonly statusUrl: string;
  /** Carries a ticket: keep it out of logs. */
  readonly updatesUrl?: string | undefined;
  /**
   * Waits for the job's end.
   *
   * @throws JobFailedError when the job failed
   * @throws JobCancelledError when it was cancelled
   * @throws OrderRefusedError when the API no longer tells its status, for example for want of a valid token
   * @throws TimedOutError after `timeout`
   * @throws TypeError when the status URL is not on the API's origin
   * @throws AbortedError when a signal is aborted
   */
  result(options?: WaitOptions): Promise<OrderResult>;
  /**
   * The job's status: as known if the job is being watched or has ended for good, else freshly read.
   *
   * @throws OrderRefusedError, UnreachableError, AbortedError
   */
  status(options?: RequestOptions): Promise<StatusDocument>;
  /**
   * Asks for cancellation. The job's end tells whether it came in time.
   *
   * @throws OrderRefusedError when it is too late (409): the order is made, or the job has ended or is being undone
   * @throws UnreachableError, AbortedError
   */
  cancel(options?: RequestOptions): Promise<void>;
  /**
   * Resumes a redrivable failure at the failed stage; wait for the result anew.
   *
   * @throws OrderRefusedError when the job is not redrivable (409)
   * @throws UnreachableError, AbortedError
   */
  redrive(options?: RequestOptions): Promise<void>;
}

/** The handle of a job that is watched. */
export function createOrderHandle(
  job: Pick<OrderHandle, 'jobId' | 'statusUrl' | 'updatesUrl'>,
  watch: Watch,
  http: Http,
  platform: Platform,
): OrderHandle {
  const { jobId, statusUrl, updatesUrl } = job;

  async function ask(action: 'cancel' | 'redrive', { signal }: RequestOptions = {}): Promise<void> {
    const before = watch.latest();
    const { body }: ApiAnswer<StatusDocument> = await http.send({
      method: 'POST',
      url: `${statusUrl}/${action}`,
      signal,
    });
    // Unless news came in the meantime: then they tell what became of it.
    if (watch.latest() === before) watch.reopen();
    if (body?.version) watch.take(body);
  }

  return {
    jobId,
    statusUrl,
    ...(updatesUrl && { updatesUrl }),
    async result(options = {}) {
      const updates = updatesOf(watch, options, platform);
      for (;;) {
        const { value } = await updates.next();
        if (value && isTerminal(value)) return resultOf(value);
      }
    },
    async status({ signal } = {}) {
      const known = watch.latest();
      if (known && watch.isCurrent()) return known;
      await watch.read(signal);
      return watch.latest() as StatusDocument;
    },
    cancel: (options) => ask('cancel', options),
    redrive: (options) => ask('redrive', options),
    [Symbol.asyncIterator]: () => updatesOf(watch, {}, platform),
  };
}

/** @throws JobFailedError, JobCancelledError */
export function resultOf(job: StatusDocument): OrderResult {
  if (job.status === 'cancelled') throw new JobCancelledError(job);
  if (job.status !== 'completed' || !job.result) throw new JobFailedError(job);
  return job.result;
}
