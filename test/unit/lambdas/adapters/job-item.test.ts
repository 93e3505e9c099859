import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from '@jest/globals';
import { itemOf } from '../../../../lambdas/adapters/job-item.ts';
import { type Item, itemSize } from '../../../../packages/local-cloud/src/dynamodb/item.ts';
import { aCompletedJob, aJob, aJobAt } from '../../../support/builders.ts';

/** DynamoDB bills a write by the kilobyte. */
const writeUnit = 1_024;

/** As long as API Gateway's. */
const connectionIds = new Set(Array.from({ length: 5 }, (_, n) => `L0SM9cOFIAMCIdw${n}`));

it.each([aJob(), aJobAt('payment'), aJobAt('email'), aCompletedJob()])(
  'a job that is $status at $stage, and that five connections watch, takes one write unit',
  (job) => {
    const owner = '3f1c2b1a-0c1d-4e5f-8a9b-0123456789ab';
    const item = itemOf({ ...job, owner, ticket: 'x'.repeat(43), webhook: true });

    const attributes = marshall({ ...item, watchers: connectionIds }, { removeUndefinedValues: true });
    expect(itemSize(attributes as Item)).toBeLessThanOrEqual(writeUnit);
  },
);
