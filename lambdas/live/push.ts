import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { statusDocument } from '../../domain/job/status.ts';
import { messageOf, type ServerMessage } from '../../domain/protocol/live-protocol.ts';
import { jobChangeOf } from '../adapters/job-change.ts';
import { createSockets } from '../adapters/sockets.ts';
import { createWatchers } from '../adapters/watchers.ts';
import { isVisible, type JobChange, type Sockets, type Watchers } from '../ports.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger } from '../runtime/telemetry.ts';

export interface PushPorts {
  readonly watchers: Pick<Watchers, 'remove'>;
  readonly sockets: Pick<Sockets, 'post'>;
  /** `wss://…/live`. */
  readonly liveUrl: string;
}

/** A message on its way to one connection. */
interface Delivery {
  readonly sequenceNumber: string;
  readonly jobId: string;
  readonly message: ServerMessage;
}

/**
 * Pushes every visible change to the job's watchers. It reads nothing: the stream's record carries the status and the
 * watchers. Each connection gets its messages in order, and all connections at once, so that none waits for another.
 * What could not be delivered is reported, and the stream brings it again; a watcher that is gone is removed.
 */
export function createPush({ watchers, sockets, liveUrl }: PushPorts) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const failed = new Set<string>();
    const byConnection = new Map<string, Delivery[]>();
    for (const record of Records) {
      const sequenceNumber = record.dynamodb?.SequenceNumber ?? '';
      try {
        for (const [connectionId, delivery] of deliveriesOf(jobChangeOf(record))) {
          byConnection.set(connectionId, [...(byConnection.get(connectionId) ?? []), delivery]);
        }
      } catch (error) {
        logger.error('A record cannot be read', { sequenceNumber, error: error as Error });
        failed.add(sequenceNumber);
      }
    }

    await Promise.all(
      [...byConnection].map(([connectionId, deliveries]) => deliver(connectionId, deliveries, failed)),
    );
    // The stream repeats from the lowest of these on; clients drop what they have seen.
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };

  function deliveriesOf(change: JobChange): [string, Delivery][] {
    if (!isVisible(change)) return [];
    const { sequenceNumber, after, watchers: connectionIds } = change;
    const message = messageOf(statusDocument(after, liveUrl));
    return connectionIds.map((connectionId) => [
      connectionId,
      { sequenceNumber, jobId: after.jobId, message },
    ]);
  }

  async function deliver(
    connectionId: string,
    deliveries: readonly Delivery[],
    failed: Set<string>,
  ): Promise<void> {
    for (const { sequenceNumber, jobId, message } of deliveries) {
      try {
        if (await sockets.post(connectionId, message)) continue;
        await watchers.remove({ jobId, connectionId });
      } catch (error) {
        logger.warn('A change was not delivered', { jobId, error: error as Error });
        // The rest of this connection's messages come again with this one.
        failed.add(sequenceNumber);
      }
      return;
    }
  }
}

const environment = environmentOf('push');
export const handler = createPush({
  watchers: createWatchers({ table: environment.JOBS_TABLE }),
  sockets: createSockets({ connectionsUrl: environment.CONNECTIONS_URL }),
  liveUrl: environment.LIVE_URL,
});
