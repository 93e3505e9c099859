import { chargeKeyOf } from '../../domain/job/job.ts';
import { createPayments } from '../adapters/payments.ts';
import { stagePorts } from '../adapters/stage-ports.ts';
import type { Payments } from '../ports.ts';
import { environmentOf } from '../runtime/environment.ts';
import { createStage, type Work } from '../runtime/stage.ts';

/** Charges the order's total under a key made from the job, so that the provider refuses a second charge. */
export function createPayment({ payments }: { readonly payments: Payments }): Work {
  return async ({ jobId, total, currency, paymentToken }) => {
    if (paymentToken === undefined)
      throw new Error(`The order of job ${jobId} has no payment token any more.`);
    await payments.charge({ key: chargeKeyOf(jobId), jobId, amount: total, currency, token: paymentToken });
  };
}

const environment = environmentOf('payment');
export const handler = createStage(
  'payment',
  createPayment({ payments: createPayments(environment) }),
  stagePorts(environment),
);
