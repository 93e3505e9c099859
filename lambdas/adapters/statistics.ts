import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Durations } from '../../domain/job/durations.ts';
import type { Statistics } from '../ports.ts';
import { createDocumentClient, isConditionFailure } from './dynamodb.ts';

/** Key of the one item. */
const name = 'stage-durations';

/** Nobody has learned anything since it was read. */
const isUnchanged = 'attribute_not_exists(#name) OR revision = :revision';

/** What has been learned of the stages, in one item. */
export function createStatistics({ table: TableName }: { readonly table: string }): Statistics {
  const client = createDocumentClient();

  async function read(signal?: AbortSignal): Promise<{ durations: Durations; revision: number }> {
    const { Item } = await client.send(new GetCommand({ TableName, Key: { name } }), {
      ...(signal && { abortSignal: signal }),
    });
    return { durations: (Item?.durations as Durations) ?? {}, revision: Number(Item?.revision ?? 0) };
  }

  return {
    durations: async (signal) => (await read(signal)).durations,

    async change(decide) {
      for (;;) {
        const { durations, revision } = await read();
        try {
          await client.send(
            new PutCommand({
              TableName,
              Item: { name, durations: decide(durations), revision: revision + 1 },
              ConditionExpression: isUnchanged,
              ExpressionAttributeNames: { '#name': 'name' },
              ExpressionAttributeValues: { ':revision': revision },
            }),
          );
          return;
        } catch (error) {
          if (!isConditionFailure(error)) throw error;
        }
      }
    },
  };
}
