import { JobCancelledError, JobFailedError } from './errors.ts';
import type { ApiAnswer, Http } from './http.ts';
import type { Platform } from './platform.ts';
import type { StatusDocument } from './protocol.ts';
import { updatesOf, type WaitOptions } from './updates.ts';
import { isTerminal, type Watch } from './watch.ts';

/** The result of a completed job. */
export type OrderResult = NonNullable<StatusDocument['result']>;

/** Options of a single request. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * One job. Iterating it yields the newest version known, every newer one, and the terminal one last. The client watches
 * the job only while someone iterates or waits; leaving the loop ends that. `JSON.stringify(handle)` holds what
 * {@link OrdersClient.watch} needs to resume after a reload.
 */
export interface OrderHandle extends AsyncIterable<StatusDocument, undefined> {
  readonly jobId: string;
  /** Relative to the API's origin. */
  readonly statusUrl: string;
  /** Contains a ticket: keep it out of logs. */
  readonly updatesUrl?: string | undefined;
  /**
   * Waits for the job's end.
   *
   * @throws JobFailedError when the job failed
   * @throws JobCancelledError when it was cancelled
   * @throws OrderRefusedError when the API refuses to show the status, for example without a valid token
   * @throws TimedOutError after `timeout`
   * @throws TypeError when the status URL is not on the API's origin
   * @throws AbortedError when a signal is aborted
   */
  result(options?: WaitOptions): Promise<OrderResult>;
  /**
   * Returns the job's status: the known one while the job is watched or after its final end, otherwise a fresh one.
   *
   * @throws OrderRefusedError, UnreachableError, AbortedError
   */
  status(options?: RequestOptions): Promise<StatusDocument>;
  /**
   * Asks for cancellation. The job's end shows whether it came in time.
   *
   * @throws OrderRefusedError when it is too late (409): the order exists, or the job has ended or is being compensated
   * @throws UnreachableError, AbortedError
   */
  cancel(options?: RequestOptions): Promise<void>;
  /**
   * Resumes a redrivable failure at the failed stage. Call `result()` again to wait for the new end.
   *
   * @throws OrderRefusedError when the job is not redrivable (409)
   * @throws UnreachableError, AbortedError
   */
  redrive(options?: RequestOptions): Promise<void>;
}

/** Creates the handle of a watched job. */
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
    // If a newer version arrived meanwhile, it shows the outcome already.
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
