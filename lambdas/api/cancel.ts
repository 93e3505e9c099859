import { cancelRefusal } from '../../domain/job/settlement.ts';
import { type PublicUrls, statusDocument, statusUrlOf } from '../../domain/job/status.ts';
import { transition } from '../../domain/job/transitions.ts';
import { CannotCancel } from '../../domain/protocol/errors.ts';
import { createExecutions } from '../adapters/executions.ts';
import { createJobs } from '../adapters/jobs.ts';
import type { Clock } from '../ports/clock.ts';
import type { Executions } from '../ports/executions.ts';
import type { Jobs } from '../ports/jobs.ts';
import { environmentOf } from '../runtime/environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';
import { ownedJob } from '../runtime/owned-job.ts';
import { retryAfter } from '../runtime/retry-after.ts';
import { logger } from '../runtime/telemetry.ts';
import { createStartSettlement } from '../settlement/start-settlement.ts';

export interface CancelPorts {
  readonly jobs: Pick<Jobs, 'get' | 'change'>;
  readonly executions: Pick<Executions, 'startSettlement'>;
  readonly clock: Clock;
  readonly urls: PublicUrls;
}

/**
 * Requests cancellation, which takes effect when the stage in progress, or its pause before the next attempt, ends. A
 * failed job that waits for a redrive is not in progress, so an execution of its own settles it. If that execution does
 * not start, reconciliation starts it. A job that was cancelled before stays as it is.
 *
 * @throws NotFound when the owner has no such job
 * @throws CannotCancel with the reason
 */
export function createCancel({ jobs, executions, clock, urls }: CancelPorts) {
  const startSettlement = createStartSettlement(executions);

  return async (request: HttpRequest): Promise<HttpResponse> => {
    const found = await ownedJob(jobs, request);
    const { jobId } = found;
    const job = await jobs.change(found, (current) => {
      const refusal = cancelRefusal(current);
      if (refusal) throw new CannotCancel(refusal);
      return transition(current, { type: 'cancel-requested' }, clock());
    });
    if (job.outcome && !found.outcome) await startSettlement(job);
    logger.info('Cancellation requested', { jobId });
    const now = clock();
    return {
      status: 202,
      headers: { location: statusUrlOf(jobId, urls), ...retryAfter(job, now) },
      body: statusDocument(job, urls, now),
    };
  };
}

const environment = environmentOf('api/cancel');
export const handler = http(
  createCancel({
    jobs: createJobs({ table: environment.JOBS_TABLE }),
    executions: createExecutions({ stateMachineArn: environment.STATE_MACHINE_ARN }),
    clock: () => new Date(),
    urls: { api: environment.API_URL, live: environment.LIVE_URL },
  }),
);
