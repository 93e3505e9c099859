import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import type { Clock } from '../ports/clock.ts';
import { createDocumentClient, isConditionFailure } from './dynamodb.ts';
import { parseItem } from './parse-item.ts';

const LedgerLine = z.object({
  /** Key of the charge or refund. */
  entry: z.string(),
  /**
   * `charge` and `refund` are the sandbox's. `intent` is a charge through Stripe, recorded before it is made. `withdrawn`
   * takes the place of a charge that must never be made.
   */
  kind: z.enum(['charge', 'refund', 'intent', 'withdrawn']),
  jobId: z.string(),
  /** In the currency's minor unit. */
  amount: z.optional(z.number()),
  currency: z.optional(z.string()),
  /** Id of Stripe's PaymentIntent. */
  paymentIntent: z.optional(z.string()),
});
export type LedgerLine = Readonly<z.infer<typeof LedgerLine>>;

/** Charges and refunds by their key. A line is written once and never changes. */
export interface Ledger {
  /**
   * Adds a line unless its key is taken.
   *
   * @returns the line that has the key already; undefined if this one was added
   */
  enter(line: LedgerLine): Promise<LedgerLine | undefined>;
  get(entry: string): Promise<LedgerLine | undefined>;
}

export interface LedgerConfig {
  readonly table: string;
  readonly clock: Clock;
}

/** The ledger in DynamoDB. */
export function createLedger({ table: TableName, clock }: LedgerConfig): Ledger {
  const client = createDocumentClient();
  const parse = (item: Readonly<Record<string, unknown>>) =>
    parseItem(LedgerLine, item, { table: TableName, key: 'entry' });

  return {
    async enter(line) {
      try {
        await client.send(
          new PutCommand({
            TableName,
            Item: { ...line, at: clock().toISOString() },
            ConditionExpression: 'attribute_not_exists(entry)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return undefined;
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        return parse(unmarshall(error.Item ?? {}));
      }
    },

    async get(entry) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: { entry }, ConsistentRead: true }));
      return Item && parse(Item);
    },
  };
}
