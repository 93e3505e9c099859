import { chargeKeyOf } from '../../domain/job/job.ts';
import type { Payments } from '../ports/payments.ts';
import { environmentOf } from '../runtime/environment.ts';
import { createStage, type Work } from '../runtime/stage.ts';
import { createPayments } from '../wiring/payments.ts';
import { stagePorts } from '../wiring/stage-ports.ts';

/** Charges the total under a key derived from the job, so that the provider refuses a second charge. */
export function createPayment({ payments }: { readonly payments: Payments }): Work {
  return async (order) => {
    const { jobId, total, currency, paymentToken } = await order.read();
    if (paymentToken === undefined)
      throw new Error(`The order of job ${jobId} no longer has a payment token.`);
    await payments.charge({ key: chargeKeyOf(jobId), jobId, amount: total, currency, token: paymentToken });
  };
}

const environment = environmentOf('stages/payment');
export const handler = createStage(
  'payment',
  createPayment({ payments: createPayments(environment) }),
  stagePorts(environment),
);
