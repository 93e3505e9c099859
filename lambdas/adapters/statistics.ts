import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { Durations } from '../../domain/job/durations.ts';
import type { Statistics } from '../ports/statistics.ts';
import { createDocumentClient, isConditionFailure } from './dynamodb.ts';
import { parseItem } from './parse-item.ts';

/** Key of the only item. */
const name = 'stage-durations';

/** Attempts of a change while other writers are faster: one sample more or less does not matter, time does. */
const maxAttempts = 10;

const StatisticsItem = z.object({ durations: Durations, revision: z.number() });

/** Nobody has written the item since it was read. */
const isUnchanged = 'attribute_not_exists(#name) OR revision = :revision';

/** The learned durations of the stages, in one item. */
export function createStatistics({ table: TableName }: { readonly table: string }): Statistics {
  const client = createDocumentClient();

  async function read(signal?: AbortSignal): Promise<z.infer<typeof StatisticsItem>> {
    const { Item = { durations: {}, revision: 0 } } = await client.send(
      new GetCommand({ TableName, Key: { name } }),
      { ...(signal && { abortSignal: signal }) },
    );
    return parseItem(StatisticsItem, Item, { table: TableName, key: 'name' });
  }

  return {
    durations: async (signal) => (await read(signal)).durations,

    async change(update) {
      for (let attempt = 1; ; attempt++) {
        const { durations, revision } = await read();
        try {
          await client.send(
            new PutCommand({
              TableName,
              Item: { name, durations: update(durations), revision: revision + 1 },
              ConditionExpression: isUnchanged,
              ExpressionAttributeNames: { '#name': 'name' },
              ExpressionAttributeValues: { ':revision': revision },
            }),
          );
          return;
        } catch (error) {
          if (!isConditionFailure(error) || attempt >= maxAttempts) throw error;
        }
      }
    },
  };
}
