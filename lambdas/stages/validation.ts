import { OrderRefused } from '../../domain/errors.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createOrders } from '../adapters/orders.ts';
import { createStatistics } from '../adapters/statistics.ts';
import { environmentOf } from '../environment.ts';
import { createExpectations } from '../expectations.ts';
import { createStage, type Work } from '../stage.ts';

const currencies = new Set(Intl.supportedValuesOf('currency'));

/**
 * Checks what the request schema cannot. Here belongs what needs the shop's own knowledge: articles, stock, customers.
 * The reference has one such rule: the currency must exist.
 */
export const validate: Work = async ({ currency }) => {
  if (!currencies.has(currency)) {
    throw new OrderRefused('unknown_currency', `${currency} is no currency in use (ISO 4217).`);
  }
};

const environment = environmentOf('stage');
const clock = () => new Date();
const statistics = createStatistics({ table: environment.STATISTICS_TABLE });
export const handler = createStage('validation', validate, {
  jobs: createJobs({ table: environment.JOBS_TABLE }),
  orders: createOrders({ table: environment.ORDERS_TABLE }),
  clock,
  expectations: createExpectations({ statistics, clock }),
});
