import type { Clock } from '../ports.ts';
import type { VariablesOf } from '../runtime/environment.ts';
import { createExpectations } from '../runtime/expectations.ts';
import { createJobs } from './jobs.ts';
import { createOrders } from './orders.ts';
import { createStatistics } from './statistics.ts';

/** What every stage works with; what only one needs is wired in its own file. */
export function stagePorts(environment: VariablesOf<'stage'>) {
  const clock: Clock = () => new Date();
  const statistics = createStatistics({ table: environment.STATISTICS_TABLE });
  return {
    jobs: createJobs({ table: environment.JOBS_TABLE }),
    orders: createOrders({ table: environment.ORDERS_TABLE }),
    clock,
    expectations: createExpectations({ statistics, clock }),
  };
}
