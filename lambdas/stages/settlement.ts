import { isTerminal } from '../../domain/job.ts';
import { transition } from '../../domain/transitions.ts';
import { createJobs } from '../adapters/jobs.ts';
import { environmentOf } from '../environment.ts';
import type { Clock, Jobs } from '../ports.ts';
import { logger } from '../telemetry.ts';

/** Input of the settlement: the job, and the error that the state machine caught. */
export interface SettlementInput {
  readonly jobId: string;
  readonly failure: { readonly Error: string; readonly Cause?: string };
}

/**
 * Settles an order whose stage did not succeed. A refusal has been recorded by the stage itself; what is left is a
 * best-effort stage whose retries are used up: its step fails, and the order goes on without it.
 */
export function createSettlement({
  jobs,
  clock,
}: {
  readonly jobs: Pick<Jobs, 'get' | 'change'>;
  readonly clock: Clock;
}) {
  return async ({ jobId, failure }: SettlementInput): Promise<void> => {
    logger.resetKeys();
    logger.appendKeys({ jobId });
    const found = await jobs.get(jobId);
    if (!found)
      throw new Error(`There is no job ${jobId}: it expired, or the execution was not started by us.`);
    const job = await jobs.change(found, (current) => {
      const { stage } = current;
      if (stage === undefined) return current;
      const reason = { code: 'stage_failed', message: `The stage ${stage} did not succeed in time.` };
      return transition(current, { type: 'stage-exhausted', stage, reason }, clock());
    });
    if (!isTerminal(job))
      throw new Error(`Job ${jobId} is still ${job.status} at ${job.stage} after its settlement.`);
    logger.info('Order settled', { status: job.status, cause: failure.Error });
  };
}

export const handler = createSettlement({
  jobs: createJobs({ table: environmentOf('settlement').JOBS_TABLE }),
  clock: () => new Date(),
});
