import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import {
  createSandboxPayments,
  PaymentGatewayUnavailable,
} from '../../../../lambdas/adapters/sandbox-payments.ts';
import { jobId, now } from '../../../support/builders.ts';

const dynamodb = mockClient(DynamoDBDocumentClient);
const slept: number[] = [];
beforeEach(() => {
  dynamodb.reset();
  slept.length = 0;
});

const payments = createSandboxPayments({
  table: 'ledger',
  clock: () => now,
  sleep: async (ms) => {
    slept.push(ms);
  },
});
const charge = (token: string) =>
  payments.charge({ key: `${jobId}:charge`, jobId, amount: 3998, currency: 'EUR', token });
const entries = () => dynamodb.commandCalls(PutCommand).map((call) => call.args[0].input);

describe('the sandbox', () => {
  it('writes one entry a charge, by its key and without the token', async () => {
    await charge('tok_visa');

    expect(entries()).toEqual([
      {
        TableName: 'ledger',
        Item: {
          entry: `${jobId}:charge`,
          kind: 'charge',
          jobId,
          amount: 3998,
          currency: 'EUR',
          at: now.toISOString(),
        },
        ConditionExpression: 'attribute_not_exists(entry)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ]);
    expect(slept).toEqual([]);
  });

  it('charges once for a key', async () => {
    dynamodb
      .on(PutCommand)
      .rejects(new ConditionalCheckFailedException({ message: 'failed', $metadata: {} }));

    await expect(charge('tok_visa')).resolves.toBeUndefined();
  });

  it('takes three seconds over tok_slow', async () => {
    await charge('tok_slow');

    expect(slept).toEqual([3_000]);
    expect(entries()).toHaveLength(1);
  });

  it('fails twice for tok_flaky, then charges', async () => {
    let attempts = 0;
    dynamodb.on(UpdateCommand).callsFake(() => ({ Attributes: { attempts: ++attempts } }));

    await expect(charge('tok_flaky')).rejects.toThrow(PaymentGatewayUnavailable);
    await expect(charge('tok_flaky')).rejects.toThrow(PaymentGatewayUnavailable);
    expect(entries()).toHaveLength(0);
    await charge('tok_flaky');

    expect(entries()).toHaveLength(1);
    expect(dynamodb.commandCalls(UpdateCommand)[0]?.args[0].input).toMatchObject({
      TableName: 'ledger',
      Key: { entry: `${jobId}:attempts` },
      UpdateExpression: 'ADD attempts :one',
    });
  });

  it.each([
    ['tok_declined', 'card_declined'],
    ['tok_unknown', 'invalid_token'],
    ['', 'invalid_token'],
  ])('refuses %j for good with %s and charges nothing', async (token, code) => {
    await expect(charge(token)).rejects.toMatchObject({ name: 'OrderRefused', code });

    expect(dynamodb.calls()).toEqual([]);
  });

  it('does not say that it charged when the ledger is down', async () => {
    dynamodb.on(PutCommand).rejects(new Error('throttled'));

    await expect(charge('tok_visa')).rejects.toThrow('throttled');
  });
});

describe('a refund in the sandbox', () => {
  const refund = () =>
    payments.refund({
      key: `${jobId}:refund`,
      chargeKey: `${jobId}:charge`,
      jobId,
      submittedAt: now.toISOString(),
      amount: 3998,
      currency: 'EUR',
    });
  const thereIs = (kind: string) =>
    new ConditionalCheckFailedException({
      message: 'failed',
      $metadata: {},
      Item: { kind: { S: kind } },
    });

  it('is one entry of its own when there was a charge', async () => {
    dynamodb.on(PutCommand).rejectsOnce(thereIs('charge')).resolves({});

    await refund();

    expect(entries().at(-1)?.Item).toEqual({
      entry: `${jobId}:refund`,
      kind: 'refund',
      jobId,
      amount: 3998,
      currency: 'EUR',
      at: now.toISOString(),
    });
  });

  it('is not made twice', async () => {
    dynamodb.on(PutCommand).rejectsOnce(thereIs('charge')).rejectsOnce(thereIs('refund'));

    await expect(refund()).resolves.toBeUndefined();
  });

  it('takes the place of a charge that was never made, so that it can never come', async () => {
    await refund();

    expect(entries().map(({ Item }) => Item)).toEqual([
      expect.objectContaining({ entry: `${jobId}:charge`, kind: 'withdrawn' }),
    ]);
  });

  it('gives nothing back when the charge was withdrawn before', async () => {
    dynamodb.on(PutCommand).rejectsOnce(thereIs('withdrawn'));

    await refund();

    expect(entries()).toHaveLength(1);
  });
});
