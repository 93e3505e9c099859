import { chargeKeyOf } from '../../domain/job.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createOrders } from '../adapters/orders.ts';
import { createPayments } from '../adapters/payments.ts';
import { createStatistics } from '../adapters/statistics.ts';
import { environmentOf } from '../environment.ts';
import { createExpectations } from '../expectations.ts';
import type { Payments } from '../ports.ts';
import { createStage, type Work } from '../stage.ts';

/** Charges the order's total under a key made from the job, so that the provider refuses a second charge. */
export function createPayment({ payments }: { readonly payments: Payments }): Work {
  return async ({ jobId, total, currency, paymentToken }) => {
    if (paymentToken === undefined)
      throw new Error(`The order of job ${jobId} has no payment token any more.`);
    await payments.charge({ key: chargeKeyOf(jobId), jobId, amount: total, currency, token: paymentToken });
  };
}

const environment = environmentOf('payment');
const clock = () => new Date();
const statistics = createStatistics({ table: environment.STATISTICS_TABLE });
export const handler = createStage('payment', createPayment({ payments: createPayments(environment) }), {
  jobs: createJobs({ table: environment.JOBS_TABLE }),
  orders: createOrders({ table: environment.ORDERS_TABLE }),
  clock,
  expectations: createExpectations({ statistics, clock }),
});
