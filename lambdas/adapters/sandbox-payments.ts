import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { OrderRefused } from '../../domain/protocol/errors.ts';
import type { Payments } from '../ports/payments.ts';
import { assertChargeable } from './assert-chargeable.ts';
import { createDocumentClient } from './dynamodb.ts';
import { createLedger, type LedgerConfig } from './ledger.ts';
import { parseItem } from './parse-item.ts';
import { paymentCancelled } from './payment-refusals.ts';

/** Duration of a charge of `tok_slow`, in milliseconds. */
const slowMs = 3_000;

/** Number of times that `tok_flaky` fails before it succeeds. */
const flakyFailures = 2;

/** The payment gateway failed temporarily; a retry may succeed. */
export class PaymentGatewayUnavailable extends Error {
  override readonly name = 'PaymentGatewayUnavailable';
}

export interface SandboxConfig extends LedgerConfig {
  readonly sleep: (ms: number) => Promise<void>;
}

/** A payment gateway for development. The token decides what happens, and a ledger records what was charged. */
export function createSandboxPayments({ table: TableName, clock, sleep }: SandboxConfig): Payments {
  const client = createDocumentClient();
  const ledger = createLedger({ table: TableName, clock });

  return {
    async charge({ key, jobId, amount, currency, token }) {
      if (amount === 0) return;
      assertChargeable(amount, currency);
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
      const before = await ledger.enter({ entry: key, kind: 'charge', jobId, amount, currency });
      if (before?.kind === 'withdrawn') throw paymentCancelled();
      if (before?.kind === 'intent') throw madeThroughStripe(key);
    },

    async refund({ key, chargeKey, jobId, amount, currency }) {
      if (amount === 0) return;
      // If nothing was charged, an attempt that is still running must not charge later.
      const before = await ledger.enter({ entry: chargeKey, kind: 'withdrawn', jobId });
      if (before?.kind === 'intent') throw madeThroughStripe(chargeKey);
      if (before?.kind === 'charge')
        await ledger.enter({ entry: key, kind: 'refund', jobId, amount, currency });
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
    return parseItem(z.object({ attempts: z.number() }), Attributes ?? {}, { table: TableName, key: 'entry' })
      .attempts;
  }
}

const madeThroughStripe = (entry: string): Error =>
  new Error(`The ledger's line ${entry} is a charge through Stripe, which the sandbox cannot continue.`);
