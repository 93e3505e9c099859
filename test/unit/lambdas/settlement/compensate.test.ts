import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { transition } from '../../../../domain/job/transitions.ts';
import { createCompensate } from '../../../../lambdas/settlement/compensate.ts';
import { createCompensations } from '../../../../lambdas/settlement/compensations.ts';
import { createPayment } from '../../../../lambdas/stages/payment.ts';
import { aJobAt, anOrderRecord, aSubmittedOrder, jobId, later, orderId } from '../../../support/builders.ts';
import { memoryPayments } from '../../../support/fake-services.ts';
import { type Calls, memoryJobs, memoryOrders } from '../../../support/fakes.ts';

/** A job that was stopped before its confirmation was sent: the order and the charge are to be undone. */
const stopped = (): Job =>
  transition(
    aJobAt('email'),
    { type: 'execution-ended', status: 'cancelled', reason: { code: 'stopped', message: 'It was stopped.' } },
    later(100),
  );

function setUp(job: Job, refund?: () => void) {
  const calls: Calls = [];
  const jobs = memoryJobs([job], calls);
  const orders = memoryOrders([anOrderRecord({ createdAt: later(1).toISOString() })], calls);
  const payments = memoryPayments();
  const compensations = createCompensations({
    payments: {
      async refund(asked) {
        refund?.();
        calls.push('payments.refund');
        await payments.refund(asked);
      },
    },
    orders,
    clock: () => later(200),
  });
  const settle = createCompensate({ jobs, orders, compensations, clock: () => later(200) });
  return { settle, calls, jobs, orders, payments };
}

describe('undoing a job', () => {
  it('undoes the last stage first, one write each, and ends the job', async () => {
    const { settle, calls } = setUp(stopped());

    const job = await settle(stopped());

    expect(calls).toEqual(['orders.void', 'jobs.change', 'payments.refund', 'jobs.change']);
    expect(job).toMatchObject({ status: 'cancelled', error: { code: 'stopped' } });
    expect(job.steps.map((step) => step.status)).toEqual([
      'completed',
      'compensated',
      'compensated',
      'skipped',
    ]);
  });

  it('refunds the total under a key of its own, and makes the order void', async () => {
    const { settle, payments, orders } = setUp(stopped());
    await createPayment({ payments })(aSubmittedOrder());

    await settle(stopped());

    expect(payments.refunds).toEqual([
      {
        key: `${jobId}:refund`,
        chargeKey: `${jobId}:charge`,
        jobId,
        amount: 3998,
        currency: 'EUR',
      },
    ]);
    expect(orders.stored.get(orderId)?.voidedAt).toBe(later(200).toISOString());
  });

  it('goes on where it failed when it is repeated', async () => {
    let down = true;
    const { settle, jobs, calls } = setUp(stopped(), () => {
      if (down) throw new Error('The gateway is down.');
    });
    await expect(settle(stopped())).rejects.toThrow('The gateway is down.');
    down = false;
    calls.length = 0;

    const job = await settle(jobs.stored.get(jobId) as Job);

    expect(calls).toEqual(['payments.refund', 'jobs.change']);
    expect(job.status).toBe('cancelled');
  });

  it('takes up a job again whose undoing was closed while', async () => {
    const reason = { code: 'compensation_failed', message: 'It could not be undone.' };
    const given = transition(stopped(), { type: 'compensation-failed', reason }, later(150));
    const { settle } = setUp(given);

    expect(await settle(given)).toMatchObject({ status: 'cancelled', error: { code: 'stopped' } });
  });

  it('undoes what a stage did that has left the table since', async () => {
    const renamed = {
      ...stopped(),
      steps: stopped().steps.map((step) => (step.name === 'payment' ? { ...step, name: 'charge' } : step)),
    };
    const { settle, calls } = setUp(renamed);

    const job = await settle(renamed);

    expect(calls).toContain('payments.refund');
    expect(job.steps[1]).toMatchObject({ name: 'charge', status: 'compensated' });
  });

  it('undoes nothing that a stage did before it had a compensation', async () => {
    const without = {
      ...stopped(),
      steps: stopped().steps.map((step) =>
        step.name === 'payment' ? { ...step, compensation: null } : step,
      ),
    };
    const { settle, calls } = setUp(without);

    await settle(without);

    expect(calls).not.toContain('payments.refund');
  });

  it('leaves a job to an operator whose compensation no longer exists', async () => {
    const orphaned = {
      ...stopped(),
      steps: stopped().steps.map((step) =>
        step.name === 'payment' ? { ...step, compensation: 'return-voucher' } : step,
      ),
    };
    const { settle } = setUp(orphaned);

    await expect(settle(orphaned)).rejects.toThrow("there is no compensation 'return-voucher'");
  });

  it('does nothing to a job that goes forward', async () => {
    const { settle, calls } = setUp(aJobAt('payment'));

    expect(await settle(aJobAt('payment'))).toEqual(aJobAt('payment'));
    expect(calls).toEqual([]);
  });

  it('does not end a job without its order record', async () => {
    const { settle, orders } = setUp(stopped());
    orders.stored.clear();

    await expect(settle(stopped())).rejects.toThrow('cannot be undone');
  });
});
