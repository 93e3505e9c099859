import { type Job, orderIdOf } from '../../domain/job/job.ts';
import { transition } from '../../domain/job/transitions.ts';
import { nextCompensation } from '../../domain/job/undoing.ts';
import { type StageTable, stages } from '../../domain/stages.ts';
import type { Clock, Jobs, Orders } from '../ports.ts';
import type { Compensations } from './compensations.ts';

export interface SettlePorts {
  readonly jobs: Pick<Jobs, 'get' | 'change'>;
  readonly orders: Pick<Orders, 'get'>;
  readonly compensations: Compensations;
  readonly clock: Clock;
  readonly table?: StageTable;
}

/**
 * Undoes what a job's stages did, the last one first, one write each; the last write ends the job. Safe to repeat: a
 * compensation that was done is not due any more, and its side effect carries a key of its own.
 */
export function createSettle({ jobs, orders, compensations, clock, table = stages }: SettlePorts) {
  return async (job: Job): Promise<Job> => {
    // A settlement that was given up, and is tried again by a redrive.
    let current = job.outcome ? await record(job, { type: 'redriven' }) : job;
    for (;;) {
      const stage = nextCompensation(current, table);
      const name = table.find((row) => row.name === stage)?.compensation;
      if (stage === undefined || name === undefined) return current;
      const order = await orders.get(orderIdOf(job.jobId));
      if (!order)
        throw new Error(`There is no order record for job ${job.jobId}: nothing can be undone without it.`);
      await compensations[name](order);
      current = await record(current, { type: 'compensated', stage });
    }
  };

  function record(job: Job, event: Parameters<typeof transition>[1]): Promise<Job> {
    return jobs.change(job, (latest) => transition(latest, event, clock(), table));
  }
}
