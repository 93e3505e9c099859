import { createJobs } from '../adapters/jobs.ts';
import { createOrders } from '../adapters/orders.ts';
import { createStatistics } from '../adapters/statistics.ts';
import { environmentOf } from '../environment.ts';
import { createExpectations } from '../expectations.ts';
import type { Clock, Orders } from '../ports.ts';
import { createStage, type Work } from '../stage.ts';

/** Turns the submission into an order: a conditional write, so that the first one counts. */
export function createOrderCreation(ports: {
  readonly orders: Pick<Orders, 'create'>;
  readonly clock: Clock;
}): Work {
  return ({ orderId }) => ports.orders.create(orderId, ports.clock());
}

const environment = environmentOf('stage');
const orders = createOrders({ table: environment.ORDERS_TABLE });
const clock = () => new Date();
const statistics = createStatistics({ table: environment.STATISTICS_TABLE });
export const handler = createStage('order-creation', createOrderCreation({ orders, clock }), {
  jobs: createJobs({ table: environment.JOBS_TABLE }),
  orders,
  clock,
  expectations: createExpectations({ statistics, clock }),
});
