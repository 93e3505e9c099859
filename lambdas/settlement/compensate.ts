import { type Job, orderIdOf } from '../../domain/job/job.ts';
import { compensationOf, nextCompensation } from '../../domain/job/settlement.ts';
import { transition } from '../../domain/job/transitions.ts';
import { type StageTable, stages } from '../../domain/stages.ts';
import type { Clock } from '../ports/clock.ts';
import type { Jobs } from '../ports/jobs.ts';
import type { Orders } from '../ports/orders.ts';
import type { Compensation, Compensations } from './compensations.ts';

export interface CompensatePorts {
  readonly jobs: Pick<Jobs, 'get' | 'change'>;
  readonly orders: Pick<Orders, 'get'>;
  readonly compensations: Compensations;
  readonly clock: Clock;
  readonly table?: StageTable;
}

/**
 * Compensates the stages of a job, the last one first, with one write each; the last write ends the job. It is safe to
 * repeat: a compensation that was recorded is not due any more, and its side effect has an idempotency key.
 */
export function createCompensate({ jobs, orders, compensations, clock, table = stages }: CompensatePorts) {
  return async (job: Job): Promise<Job> => {
    // A redrive continues a settlement that failed.
    let current = job.outcome ? await record(job, { type: 'redriven' }) : job;
    for (;;) {
      const step = nextCompensation(current, table);
      const name = step && compensationOf(step, table);
      if (name === undefined) return current;
      const undo = (compensations as Readonly<Record<string, Compensation | undefined>>)[name];
      if (!undo)
        throw new Error(
          `Stage ${step?.name} of job ${job.jobId} cannot be undone: there is no compensation '${name}'. Add it to lambdas/settlement/compensations.ts again.`,
        );
      const order = await orders.get(orderIdOf(job.jobId));
      if (!order) throw new Error(`Job ${job.jobId} has no order record, so it cannot be undone.`);
      await undo(order);
      current = await record(current, { type: 'compensated', stage: step?.name ?? '' });
    }
  };

  function record(job: Job, event: Parameters<typeof transition>[1]): Promise<Job> {
    return jobs.change(job, (latest) => transition(latest, event, clock(), table));
  }
}
