import { describe, expect, it } from '@jest/globals';
import { Job } from '../../../../domain/job/job.ts';
import { OrderRecord } from '../../../../domain/order/order.ts';
import { parseItem } from '../../../../lambdas/adapters/parse-item.ts';
import { aJob, anOrderRecord, jobId, ticket } from '../../../support/builders.ts';

const source = { table: 'jobs', key: 'jobId' };

describe('a stored item', () => {
  it('is read without the attributes that its schema does not know', () => {
    expect(parseItem(Job, { ...aJob(), ttl: 1, open: '1' }, source)).toEqual(aJob());
  });

  it('that does not fit is an error that names table, id and attributes, but no values', () => {
    const steps = [{ name: 'payment', status: 'unheard-of' }];
    const read = () => parseItem(Job, { ...aJob(), version: ticket, steps }, source);

    expect(read).toThrow(
      `Item ${jobId} of table jobs does not fit its schema: check version, steps.0.status.`,
    );
  });

  it('stays readable when the checks of requests become stricter', () => {
    const order = anOrderRecord({ email: 'no e-mail address', items: [] });

    expect(parseItem(OrderRecord, { ...order }, { table: 'orders', key: 'orderId' })).toEqual(order);
  });
});
