import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { OrderRefused } from '../../domain/protocol/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Payments } from '../ports/payments.ts';
import { createDocumentClient, isConditionFailure } from './dynamodb.ts';
import { parseItem } from './parse-item.ts';

/** Duration of a charge of `tok_slow`, in milliseconds. */
const slowMs = 3_000;

/** Number of times that `tok_flaky` fails before it succeeds. */
const flakyFailures = 2;

/** The payment gateway failed temporarily; a retry may succeed. */
export class PaymentGatewayUnavailable extends Error {
  override readonly name = 'PaymentGatewayUnavailable';
}

interface LedgerLine {
  readonly entry: string;
  /** `withdrawn` takes the place of a charge that must never be made. */
  readonly kind: 'charge' | 'refund' | 'withdrawn';
  readonly jobId: string;
  readonly amount?: number;
  readonly currency?: string;
}

export interface SandboxConfig {
  /** The ledger: one entry for each charge and each refund, by its key. */
  readonly table: string;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A payment gateway for development. The token decides what happens, and a ledger records what was charged. */
export function createSandboxPayments({ table: TableName, clock, sleep }: SandboxConfig): Payments {
  const client = createDocumentClient();

  return {
    async charge({ key, jobId, amount, currency, token }) {
      switch (token) {
        case 'tok_visa':
          break;
        case 'tok_slow':
          await sleep(slowMs);
          break;
        case 'tok_flaky':
          if ((await countAttempt(jobId)) <= flakyFailures) {
            throw new PaymentGatewayUnavailable('The payment gateway did not respond in time.');
          }
          break;
        case 'tok_declined':
          throw new OrderRefused('card_declined', 'The card was declined.');
        default:
          throw new OrderRefused('invalid_token', 'The payment provider does not know the payment token.');
      }
      // The first charge under a key counts; a repeat changes nothing.
      await enter({ entry: key, kind: 'charge', jobId, amount, currency });
    },

    async refund({ key, chargeKey, jobId, amount, currency }) {
      // If nothing was charged, an attempt that is still running must not charge later.
      const before = await enter({ entry: chargeKey, kind: 'withdrawn', jobId });
      if (before === 'charge') await enter({ entry: key, kind: 'refund', jobId, amount, currency });
    },
  };

  /**
   * Adds a line to the ledger unless its key is taken.
   *
   * @returns the kind of the line that has the key; undefined if this one was added
   */
  async function enter(line: LedgerLine): Promise<string | undefined> {
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
      const { kind }: { readonly kind?: AttributeValue } = error.Item ?? {};
      return kind?.S;
    }
  }

  async function countAttempt(jobId: string): Promise<number> {
    const { Attributes } = await client.send(
      new UpdateCommand({
        TableName,
        Key: { entry: `${jobId}:attempts` },
        UpdateExpression: 'ADD attempts :one',
        ExpressionAttributeValues: { ':one': 1 },
        ReturnValues: 'UPDATED_NEW',
      }),
    );
    return parseItem(z.object({ attempts: z.number() }), Attributes ?? {}, { table: TableName, key: 'entry' })
      .attempts;
  }
}
