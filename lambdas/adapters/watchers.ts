import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { maxWatchers } from '../../domain/protocol/live-protocol.ts';
import type { Watchers } from '../ports/watchers.ts';
import { createDocumentClient, isConditionFailure } from './dynamodb.ts';
import { jobOf, watchersOf } from './job-item.ts';

/** The caller has the job's ticket. */
const holdsTicket = 'ticket = :ticket';

/** There is room for one more watcher, or the connection already is one. */
const hasRoom =
  '(attribute_not_exists(watchers) OR size(watchers) < :max OR contains(watchers, :connectionId))';

/** The job exists; without this condition the update would create an item. */
const exists = 'attribute_exists(jobId)';

/** Watchers, as a set in the item of their job: one atomic write subscribes and reads. */
export function createWatchers({ table: TableName }: { readonly table: string }): Watchers {
  const client = createDocumentClient();

  return {
    async add({ jobId, connectionId, ticket }) {
      try {
        const { Attributes } = await client.send(
          new UpdateCommand({
            TableName,
            Key: { jobId },
            UpdateExpression: 'ADD watchers :connection',
            ConditionExpression: `${holdsTicket} AND ${hasRoom}`,
            ExpressionAttributeValues: {
              ':connection': new Set([connectionId]),
              ':connectionId': connectionId,
              ':ticket': ticket,
              ':max': maxWatchers,
            },
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { outcome: 'added', job: jobOf(Attributes ?? {}, TableName) };
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        const item = error.Item && unmarshall(error.Item);
        if (!item || jobOf(item, TableName).ticket !== ticket) return { outcome: 'unknown' };
        return { outcome: 'full', watchers: watchersOf(item, TableName) };
      }
    },

    async remove({ jobId, connectionId }) {
      try {
        await client.send(
          new UpdateCommand({
            TableName,
            Key: { jobId },
            UpdateExpression: 'DELETE watchers :connection',
            ConditionExpression: exists,
            ExpressionAttributeValues: { ':connection': new Set([connectionId]) },
          }),
        );
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
      }
    },
  };
}
