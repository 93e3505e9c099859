import { createJobs } from '../adapters/jobs.ts';
import { createOrders } from '../adapters/orders.ts';
import { createStatistics } from '../adapters/statistics.ts';
import type { Clock } from '../ports/clock.ts';
import type { StageVariables } from '../runtime/environment.ts';
import { createLearnedStages } from '../runtime/learned-stages.ts';

/** The ports of every stage. A stage that needs more wires it in its own file. */
export function stagePorts(environment: StageVariables) {
  const clock: Clock = () => new Date();
  const statistics = createStatistics({ table: environment.STATISTICS_TABLE });
  return {
    jobs: createJobs({ table: environment.JOBS_TABLE }),
    orders: createOrders({ table: environment.ORDERS_TABLE }),
    clock,
    learnedStages: createLearnedStages({ statistics, clock }),
  };
}
