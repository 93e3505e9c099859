import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import type { OrderRecord } from '../../../../domain/order/order.ts';
import { createErasePerson } from '../../../../lambdas/operator/erase-person.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJobAt,
  anExhaustedJob,
  anOrderRecord,
  jobId,
  later,
  orderId,
} from '../../../support/builders.ts';
import { memoryJobs, memoryOrders } from '../../../support/fakes.ts';

const email = 'ada@example.com';

function setUp({ job, order = {} }: { readonly job?: Job; readonly order?: Partial<OrderRecord> }) {
  const orders = memoryOrders([anOrderRecord(order)]);
  const erase = createErasePerson({
    jobs: memoryJobs(job ? [job] : []),
    orders,
    orderSearch: orders,
    clock: () => later(1_000),
  });
  return {
    erase: (dryRun = false) => erase({ action: 'erase', email, dryRun }),
    order: () => orders.stored.get(orderId),
  };
}

const created = { createdAt: later(30).toISOString() };

describe('erasing a person', () => {
  it.each([
    ['a completed order', { job: aCompletedJob(), order: created }],
    ['an order that was refused', { job: aDeclinedJob() }],
    ['a created order whose job has expired', { order: created }],
    ['a voided order whose job has expired', { order: { voidedAt: later(40).toISOString() } }],
  ])('erases the personal data of %s', async (_, present) => {
    const { erase, order } = setUp(present);

    expect(await erase()).toEqual({ erased: [jobId], kept: [] });

    expect(order()).toMatchObject({ email: '(erased)', erasedAt: later(1_000).toISOString(), total: 3998 });
    expect(order()).not.toHaveProperty('paymentToken');
  });

  it.each([
    ['goes on', { job: aJobAt('payment') }, /going on/],
    ['waits for a redrive', { job: anExhaustedJob() }, /waits for a redrive/],
    ['is missing', {}, /without a job/],
  ])('keeps the order of a job that %s, and says why', async (_, present, reason) => {
    const { erase, order } = setUp(present);

    expect(await erase()).toEqual({ erased: [], kept: [{ jobId, reason: expect.stringMatching(reason) }] });

    expect(order()).toEqual(anOrderRecord());
  });

  it('says beforehand what it would do, and does nothing', async () => {
    const { erase, order } = setUp({ job: aDeclinedJob() });

    expect(await erase(true)).toEqual({ erased: [jobId], kept: [] });

    expect(order()).toEqual(anOrderRecord());
  });

  it('finds nothing to erase the second time', async () => {
    const { erase } = setUp({ job: aDeclinedJob() });
    await erase();

    expect(await erase()).toEqual({ erased: [], kept: [] });
  });
});
