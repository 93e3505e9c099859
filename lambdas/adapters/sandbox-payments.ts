import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { OrderRefused } from '../../domain/errors.ts';
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

export interface SandboxConfig {
  /** The ledger: one entry a charge, keyed by the charge's key. */
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
      const Item = { entry: key, kind: 'charge', jobId, amount, currency, at: clock().toISOString() };
      try {
        await client.send(
          new PutCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(entry)' }),
        );
      } catch (error) {
        // Charged before under this key: the provider answers with the first charge.
        if (!isConditionFailure(error)) throw error;
      }
    },
  };

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
