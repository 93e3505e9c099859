import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { type PublicUrls, statusDocument } from '../../domain/job/status.ts';
import { messageOf, type ServerMessage } from '../../domain/protocol/live-protocol.ts';
import { createDeadLetters } from '../adapters/dead-letters.ts';
import { jobChangeOf } from '../adapters/job-change.ts';
import { createSockets } from '../adapters/sockets.ts';
import { createWatchers } from '../adapters/watchers.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeadLetters } from '../ports/dead-letters.ts';
import { isVisible, type JobChange } from '../ports/job-change.ts';
import type { Sockets } from '../ports/sockets.ts';
import type { Watchers } from '../ports/watchers.ts';
import { environmentOf } from '../runtime/environment.ts';
import { createReadRecords } from '../runtime/read-records.ts';
import { logger } from '../runtime/telemetry.ts';

export interface PushPorts {
  readonly watchers: Pick<Watchers, 'remove'>;
  readonly sockets: Pick<Sockets, 'post'>;
  /** Records that cannot be read. */
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly urls: PublicUrls;
}

/** A message for one connection. */
interface Delivery {
  readonly sequenceNumber: string;
  readonly jobId: string;
  readonly message: ServerMessage;
}

/**
 * Sends every visible change to the job's watchers. The stream's record has the status and the watchers, so nothing is
 * read. Each connection gets its messages in order; all connections are served concurrently. A message that could not be
 * delivered is reported as failed, so that the stream redelivers it. A watcher whose connection is closed is removed.
 */
export function createPush({ watchers, sockets, deadLetters, clock, urls }: PushPorts) {
  const readChanges = createReadRecords(jobChangeOf, deadLetters);

  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const { values, failed: unread } = await readChanges(Records);
    const failed = new Set(unread && [unread.dynamodb?.SequenceNumber ?? '']);
    const byConnection = new Map<string, Delivery[]>();
    for (const [connectionId, delivery] of values.flatMap(deliveriesOf))
      byConnection.set(connectionId, [...(byConnection.get(connectionId) ?? []), delivery]);

    for (const undelivered of await Promise.all([...byConnection].map(deliver)))
      if (undelivered !== undefined) failed.add(undelivered);
    // The stream redelivers from the first of these on; clients drop messages that they have seen.
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };

  function deliveriesOf(change: JobChange): [string, Delivery][] {
    if (!isVisible(change)) return [];
    const { sequenceNumber, after, watchers: connectionIds } = change;
    const message = messageOf(statusDocument(after, urls, clock()));
    const delivery = { sequenceNumber, jobId: after.jobId, message };
    return connectionIds.map((connectionId) => [connectionId, delivery]);
  }

  /** @returns the first sequence number that was not delivered, together with which the others are redelivered */
  async function deliver([connectionId, deliveries]: [string, Delivery[]]): Promise<string | undefined> {
    for (const { sequenceNumber, jobId, message } of deliveries) {
      try {
        if (await sockets.post(connectionId, message)) continue;
      } catch (error) {
        logger.warn('Failed to deliver a change', { jobId, error: error as Error });
        return sequenceNumber;
      }
      await remove({ jobId, connectionId });
      break;
    }
    return undefined;
  }

  /** Never fails: a redelivery would send everything again, and the next change removes the watcher. */
  async function remove(watcher: Parameters<Watchers['remove']>[0]): Promise<void> {
    try {
      await watchers.remove(watcher);
    } catch (error) {
      logger.warn('Failed to remove a watcher', { jobId: watcher.jobId, error: error as Error });
    }
  }
}

const environment = environmentOf('live/push');
export const handler = createPush({
  watchers: createWatchers({ table: environment.JOBS_TABLE }),
  sockets: createSockets({ connectionsUrl: environment.CONNECTIONS_URL }),
  deadLetters: createDeadLetters({ queueUrl: environment.DEAD_LETTER_QUEUE_URL }),
  clock: () => new Date(),
  urls: { api: environment.API_URL, live: environment.LIVE_URL },
});
