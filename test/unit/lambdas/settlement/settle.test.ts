import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { transition } from '../../../../domain/job/transitions.ts';
import { createCompensate } from '../../../../lambdas/settlement/compensate.ts';
import { createCompensations } from '../../../../lambdas/settlement/compensations.ts';
import { createSettle } from '../../../../lambdas/settlement/settle.ts';
import { createPayment } from '../../../../lambdas/stages/payment.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJobAt,
  anExhaustedJob,
  anOrderRecord,
  aSubmittedOrder,
  jobId,
  later,
} from '../../../support/builders.ts';
import { memoryPayments } from '../../../support/fake-services.ts';
import { memoryJobs, memoryOrders } from '../../../support/fakes.ts';

const failure = { Error: 'Lambda.Unknown' };

function setUp(...present: Job[]) {
  const jobs = memoryJobs(present);
  const orders = memoryOrders([anOrderRecord()]);
  const payments = memoryPayments();
  const clock = () => later(9_000);
  const compensations = createCompensations({ payments, orders, clock });
  const settlement = createSettle({
    jobs,
    compensate: createCompensate({ jobs, orders, compensations, clock }),
    clock,
  });
  return {
    settle: () => settlement({ jobId, failure }),
    skip: (skip: string) => settlement({ jobId, failure, skip }),
    jobs,
    payments,
    job: () => jobs.stored.get(jobId),
  };
}

describe('the settlement', () => {
  it.each([
    ['failed', aDeclinedJob()],
    ['completed', aCompletedJob()],
  ])('leaves a job alone that is %s already', async (_, present) => {
    const { settle, jobs } = setUp(present);

    await settle();

    expect(jobs.writes).toEqual([]);
  });

  it('undoes what was done before a stage refused the order', async () => {
    const reason = { code: 'out_of_stock', message: 'The article is sold out.' };
    const refused = transition(
      aJobAt('order-creation'),
      { type: 'stage-refused', stage: 'order-creation', attempt: 1, reason },
      later(100),
    );
    const { settle, payments, job } = setUp(refused);
    await createPayment({ payments })(aSubmittedOrder());

    await settle();

    expect(payments.refunds).toHaveLength(1);
    expect(job()).toMatchObject({ status: 'failed', error: { code: 'out_of_stock', redrivable: false } });
  });

  it('undoes a job that was cancelled while it waited for a redrive', async () => {
    const { settle, payments, job } = setUp(
      transition(anExhaustedJob(), { type: 'cancel-requested' }, later(100)),
    );
    await createPayment({ payments })(aSubmittedOrder());

    await settle();

    expect(payments.refunds).toHaveLength(1);
    expect(job()?.status).toBe('cancelled');
  });

  it('completes the order without its confirmation when that is exhausted', async () => {
    const { skip, job } = setUp(aJobAt('email'));

    await skip('email');

    expect(job()?.status).toBe('completed');
    expect(job()?.steps.at(-1)).toMatchObject({ name: 'email', status: 'failed' });
  });

  it('changes nothing more when it is repeated', async () => {
    const { skip, jobs } = setUp(aJobAt('email'));

    await skip('email');
    await skip('email');

    expect(jobs.writes).toHaveLength(1);
  });

  it('fails for a job that is not there', async () => {
    await expect(setUp().settle()).rejects.toThrow('does not exist');
  });
});
