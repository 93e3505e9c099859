import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { isTerminal, type Job } from '../../domain/job.ts';
import type { Callback } from '../../domain/webhook.ts';
import { createCallbackQueue } from '../adapters/callback-queue.ts';
import { imageOf } from '../adapters/stream-image.ts';
import { environmentOf } from '../environment.ts';
import type { CallbackQueue } from '../ports.ts';
import { logger } from '../telemetry.ts';

export interface CallbacksPorts {
  readonly queue: Pick<CallbackQueue, 'send'>;
}

/**
 * Queues a callback for every job that ended and wants one. Only ids go into the queue: what is sent is read when it
 * is sent. What the queue did not take is reported, and the stream brings it again.
 */
export function createCallbacks({ queue }: CallbacksPorts) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const due = Records.flatMap((record) => {
      const callback = callbackOf(record);
      return callback ? [{ callback, itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] : [];
    });
    if (due.length === 0) return { batchItemFailures: [] };

    const left = new Set(await queue.send(due.map(({ callback }) => callback)));
    for (const { jobId, version } of left) logger.warn('A callback was not queued', { jobId, version });
    return {
      batchItemFailures: due
        .filter(({ callback }) => left.has(callback))
        .map(({ itemIdentifier }) => ({ itemIdentifier })),
    };
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

const environment = environmentOf('callbacks');
export const handler = createCallbacks({
  queue: createCallbackQueue({ queueUrl: environment.CALLBACK_QUEUE_URL }),
});
