import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { OrderRefused } from '../../domain/protocol/errors.ts';
import type { Clock, Payments } from '../ports.ts';
import { createDocumentClient, isConditionFailure } from './dynamodb.ts';

/** How long `tok_slow` takes, in milliseconds. */
const slowMs = 3_000;

/** How often `tok_flaky` fails before it succeeds. */
const flakyFailures = 2;

/** The gateway did not answer as it should; worth another attempt. */
export class PaymentGatewayUnavailable extends Error {
  override readonly name = 'PaymentGatewayUnavailable';
}

interface LedgerLine {
  readonly entry: string;
  /** `withdrawn` stands where a charge must never come. */
  readonly kind: 'charge' | 'refund' | 'withdrawn';
  readonly jobId: string;
  readonly amount?: number;
  readonly currency?: string;
}

export interface SandboxConfig {
  /** The ledger: one entry a charge and one a refund, by their keys. */
  readonly table: string;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A payment gateway for development: the token decides what happens, and a ledger shows what was charged. */
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
            throw new PaymentGatewayUnavailable('The payment gateway did not answer in time.');
          }
          break;
        case 'tok_declined':
          throw new OrderRefused('card_declined', 'The card was declined.');
        default:
          throw new OrderRefused('invalid_token', 'The payment token is not known to the payment provider.');
      }
      // Charged before under this key: the provider answers with the first charge.
      await enter({ entry: key, kind: 'charge', jobId, amount, currency });
    },

    async refund({ key, chargeKey, jobId, amount, currency }) {
      // A charge that was never made must not come later, from an attempt that was given up.
      const before = await enter({ entry: chargeKey, kind: 'withdrawn', jobId });
      if (before === 'charge') await enter({ entry: key, kind: 'refund', jobId, amount, currency });
    },
  };

  /** Enters a line in the ledger; the first under its key counts. Returns the kind of the one that was there. */
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
      return error.Item?.kind?.S;
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
    return Number(Attributes?.attempts);
  }
}
