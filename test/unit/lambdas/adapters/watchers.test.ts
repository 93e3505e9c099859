import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { itemOf } from '../../../../lambdas/adapters/job-item.ts';
import { createWatchers } from '../../../../lambdas/adapters/watchers.ts';
import { aJobAt, jobId, ticket } from '../../../support/builders.ts';

const dynamodb = mockClient(DynamoDBDocumentClient);
beforeEach(() => void dynamodb.reset());

const watchers = createWatchers({ table: 'jobs' });
const watch = { jobId, connectionId: 'c1', ticket };
const present = { ...itemOf(aJobAt('payment')), watchers: new Set(['c2', 'c3']) };
const inputs = () => dynamodb.calls().map((call) => call.args[0].input);

/** What DynamoDB throws when a condition does not hold: with the item, where there is one. */
const conditionFailure = (item?: object) =>
  new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
    ...(item && { Item: marshall(item, { removeUndefinedValues: true }) }),
  });

describe('adding a watcher', () => {
  it('is one write that is guarded by the ticket, and tells the job as it then is', async () => {
    dynamodb.on(UpdateCommand).resolves({ Attributes: present });

    expect(await watchers.add(watch)).toEqual({ outcome: 'added', job: aJobAt('payment') });

    expect(inputs()).toEqual([
      {
        TableName: 'jobs',
        Key: { jobId },
        UpdateExpression: 'ADD watchers :connection',
        ConditionExpression:
          'ticket = :ticket AND (attribute_not_exists(watchers) OR size(watchers) < :max OR contains(watchers, :connectionId))',
        ExpressionAttributeValues: {
          ':connection': new Set(['c1']),
          ':connectionId': 'c1',
          ':ticket': ticket,
          ':max': 25,
        },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ]);
  });

  it('tells the present watchers to the holder of the ticket when there is no room', async () => {
    dynamodb.on(UpdateCommand).rejects(conditionFailure(present));

    expect(await watchers.add(watch)).toEqual({ outcome: 'full', watchers: ['c2', 'c3'] });
  });

  it.each([
    ['the ticket is another', conditionFailure({ ...present, ticket: 'another' })],
    ['there is no such job', conditionFailure()],
  ])('tells nothing when %s', async (_, failure) => {
    dynamodb.on(UpdateCommand).rejects(failure);

    expect(await watchers.add(watch)).toEqual({ outcome: 'unknown' });
  });

  it('passes on what DynamoDB says otherwise', async () => {
    dynamodb.on(UpdateCommand).rejects(new Error('throttled'));

    await expect(watchers.add(watch)).rejects.toThrow('throttled');
  });
});

describe('removing a watcher', () => {
  it('is one write that never makes a job', async () => {
    await watchers.remove({ jobId, connectionId: 'c1' });

    expect(inputs()).toEqual([
      {
        TableName: 'jobs',
        Key: { jobId },
        UpdateExpression: 'DELETE watchers :connection',
        ConditionExpression: 'attribute_exists(jobId)',
        ExpressionAttributeValues: { ':connection': new Set(['c1']) },
      },
    ]);
  });

  it('is harmless when the job is gone', async () => {
    dynamodb.on(UpdateCommand).rejects(conditionFailure());

    await expect(watchers.remove({ jobId, connectionId: 'c1' })).resolves.toBeUndefined();
  });

  it('passes on what DynamoDB says otherwise', async () => {
    dynamodb.on(UpdateCommand).rejects(new Error('throttled'));

    await expect(watchers.remove({ jobId, connectionId: 'c1' })).rejects.toThrow('throttled');
  });
});
