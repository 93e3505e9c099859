import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDocumentClient } from '../../../lambdas/adapters/dynamodb.ts';
import { createIdempotencyKeys } from '../../../lambdas/adapters/idempotency-keys.ts';
import type { Claim, IdempotencyKeys } from '../../../lambdas/ports/idempotency-keys.ts';
import { jobId, later, now } from '../../support/builders.ts';
import { type EmbeddedDynamoDb, startDynamoDb } from '../../support/embedded-dynamodb.ts';
import { memoryKeys } from '../../support/fakes.ts';

let dynamodb: EmbeddedDynamoDb;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());

const claim: Claim = {
  id: 'digest-of-owner-and-key',
  fingerprint: 'digest-of-request',
  jobId,
  expiresAt: later(1_000).toISOString(),
};
const other: Claim = { ...claim, fingerprint: 'another', jobId: jobId.replace(/1$/, '2') };

describe.each<[string, () => Promise<IdempotencyKeys>]>([
  ['in memory', async () => memoryKeys()],
  [
    'in DynamoDB',
    async () => createIdempotencyKeys({ table: await dynamodb.createTable('IdempotencyKeys') }),
  ],
])('an idempotency key %s', (_, open) => {
  let keys: IdempotencyKeys;
  beforeEach(async () => {
    keys = await open();
  });

  it('belongs to the first claim, which later claims get back', async () => {
    expect(await keys.claim(claim, now)).toBeUndefined();

    expect(await keys.claim(other, now)).toEqual(claim);
    expect(await keys.claim({ ...other, fingerprint: claim.fingerprint }, later(999))).toEqual(claim);
  });

  it('can be claimed again for the same job', async () => {
    await keys.claim(claim, now);

    expect(await keys.claim(claim, later(1))).toBeUndefined();
    expect(await keys.claim(other, later(2))).toEqual(claim);
  });

  it('belongs to one of many claims at the same time, which all others get back', async () => {
    const claims = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ ...claim, jobId: id }));

    const answers = await Promise.all(claims.map((each) => keys.claim(each, now)));

    const first = claims[answers.indexOf(undefined)];
    expect(answers.filter((earlier) => earlier !== undefined)).toHaveLength(4);
    for (const earlier of answers) if (earlier) expect(earlier).toEqual(first);
  });

  it('is free from the moment at which its claim expires', async () => {
    await keys.claim(claim, now);
    const next = { ...other, expiresAt: later(9_000).toISOString() };

    expect(await keys.claim(next, later(1_000))).toBeUndefined();

    expect(await keys.claim(claim, later(1_000))).toEqual(next);
  });

  it('does not affect other keys', async () => {
    await keys.claim(claim, now);

    expect(await keys.claim({ ...other, id: 'another-digest' }, now)).toBeUndefined();
  });
});

describe('an idempotency key in DynamoDB alone', () => {
  it('has a time to live that ends when its claim expires', async () => {
    const table = await dynamodb.createTable('IdempotencyKeys');
    await createIdempotencyKeys({ table }).claim(claim, now);

    const read = new GetCommand({ TableName: table, Key: { id: claim.id } });
    const { Item } = await createDocumentClient().send(read);

    expect(Item).toMatchObject({ ttl: Date.parse(claim.expiresAt) / 1000 });
  });

  it('recognizes its own claim when the first response is lost', async () => {
    const keys = createIdempotencyKeys({ table: await dynamodb.createTable('IdempotencyKeys') });
    dynamodb.loseNextResponse('PutItem');

    const calls = await dynamodb.callsOf(async () => {
      expect(await keys.claim(claim, now)).toBeUndefined();
    });

    expect(calls).toHaveLength(2);
  });

  it('fails with the error of DynamoDB when it refuses a call', async () => {
    const keys = createIdempotencyKeys({ table: 'missing' });

    await expect(keys.claim(claim, now)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
