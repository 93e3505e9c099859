import { describe, expect, it } from '@jest/globals';
import { named, resourcesOf, template } from '../support/stack.ts';

const production = template('production');

const tableOf = (name: string, of = template()) => named('AWS::DynamoDB::Table', `Tables${name}`, of);

describe('every table', () => {
  it('is encrypted and billed per request', () => {
    for (const { Properties } of Object.values(resourcesOf('AWS::DynamoDB::Table'))) {
      expect(Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true },
      });
    }
  });
});

describe('the jobs table', () => {
  const indexOf = (name: string) =>
    tableOf('Jobs').Properties.GlobalSecondaryIndexes.find(
      (index: { IndexName: string }) => index.IndexName === name,
    );

  it('streams both images of every change, and deletes expired jobs', () => {
    expect(tableOf('Jobs').Properties).toMatchObject({
      KeySchema: [{ AttributeName: 'jobId', KeyType: 'HASH' }],
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
  });

  it("lists an owner's jobs by age in an index of keys only, so that changes of a job do not write to it", () => {
    expect(indexOf('jobs-of-owner')).toMatchObject({
      KeySchema: [
        { AttributeName: 'owner', KeyType: 'HASH' },
        { AttributeName: 'jobId', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    });
  });

  it('lists jobs that have not ended for good, by the time of their sweep, in an index of keys only', () => {
    expect(indexOf('open-jobs')).toMatchObject({
      KeySchema: [
        { AttributeName: 'open', KeyType: 'HASH' },
        { AttributeName: 'sweepFrom', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    });
  });
});

describe('the orders table', () => {
  it('can be restored to any second, and deletes submissions that never became orders', () => {
    expect(tableOf('Orders').Properties).toMatchObject({
      KeySchema: [{ AttributeName: 'orderId', KeyType: 'HASH' }],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
  });

  it.each([
    ['orders-by-email', 'emailDigest'],
    ['orders-by-reference', 'referenceDigest'],
  ])(
    'finds orders in the index %s, of keys only, so that changes of an order do not write to it',
    (name, key) => {
      const { GlobalSecondaryIndexes } = tableOf('Orders').Properties;

      expect(GlobalSecondaryIndexes).toContainEqual({
        IndexName: name,
        KeySchema: [
          { AttributeName: key, KeyType: 'HASH' },
          { AttributeName: 'orderId', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      });
    },
  );

  it.each([
    ['development', template()],
    ['production', production],
  ])('outlives the stack in %s', (_, of) => {
    expect(tableOf('Orders', of)).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });
});

describe('other data', () => {
  it('is deleted with the stack in development', () => {
    for (const name of ['Jobs', 'Ledger']) expect(tableOf(name).DeletionPolicy).toBe('Delete');
  });

  it('keeps its logical ids, because a new id means a new, empty resource', () => {
    const stateful = [
      'AWS::DynamoDB::Table',
      'AWS::Cognito::UserPool',
      'AWS::SecretsManager::Secret',
    ].flatMap((type) => Object.keys(resourcesOf(type)));

    expect(stateful.sort()).toEqual([
      'TablesIdempotencyKeys202702E1',
      'TablesJobs313634AE',
      'TablesLedgerF9806C8B',
      'TablesOrdersACF7C9C0',
      'TablesStatistics810338A2',
      'UsersUserPool7E610616',
      'WebhooksSigningKeyE942A5B4',
    ]);
  });
});
