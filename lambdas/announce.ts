import type { DynamoDBRecord } from 'aws-lambda';
import { isTerminal, type Job } from '../domain/job.ts';
import type { Callback } from '../domain/webhook.ts';
import { imageOf } from './adapters/stream-image.ts';
import type { CallbackQueue } from './ports.ts';
import { logger } from './telemetry.ts';

/** Messages that one call of the queue takes. */
const batchSize = 10;

/**
 * Queues a callback for every job that ended and wants one. Only ids go into the queue: what is sent is read when it
 * is sent.
 *
 * @returns the records whose callback the queue did not take
 */
export function createAnnounce({ queue }: { readonly queue: Pick<CallbackQueue, 'send'> }) {
  return async (records: readonly DynamoDBRecord[]): Promise<readonly DynamoDBRecord[]> => {
    const due = new Map<Callback, DynamoDBRecord>();
    for (const record of records) {
      const callback = callbackOf(record);
      if (callback) due.set(callback, record);
    }
    const callbacks = [...due.keys()];
    const left: Callback[] = [];
    for (let i = 0; i < callbacks.length; i += batchSize) {
      left.push(...(await queue.send(callbacks.slice(i, i + batchSize))));
    }
    for (const { jobId, version } of left) logger.warn('A callback was not queued', { jobId, version });
    return left.flatMap((callback) => due.get(callback) ?? []);
  };
}

/** The end that a record tells of; undefined when it tells of none. */
function callbackOf({ dynamodb }: DynamoDBRecord): Callback | undefined {
  const job = jobOf(dynamodb?.NewImage);
  // A watcher that leaves and the like change the item of a job that ended before.
  const isNews = job.version !== jobOf(dynamodb?.OldImage).version;
  return job.callback && isTerminal(job) && isNews ? { jobId: job.jobId, version: job.version } : undefined;
}

/** What of the stream's image matters here. */
const jobOf = (image: object | undefined): Pick<Job, 'jobId' | 'version' | 'status' | 'callback'> =>
  imageOf(image) as unknown as Job;
