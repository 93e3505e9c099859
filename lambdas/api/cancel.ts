import { type PublicUrls, statusDocument, statusUrlOf } from '../../domain/job/status.ts';
import { createExecutions } from '../adapters/executions.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createCancelJob } from '../commands/cancel-job.ts';
import type { Clock } from '../ports/clock.ts';
import type { Executions } from '../ports/executions.ts';
import type { Jobs } from '../ports/jobs.ts';
import { environmentOf } from '../runtime/environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';
import { ownedJob } from '../runtime/owned-job.ts';
import { retryAfter } from '../runtime/retry-after.ts';

export interface CancelPorts {
  readonly jobs: Pick<Jobs, 'get' | 'change'>;
  readonly executions: Pick<Executions, 'startSettlement'>;
  readonly clock: Clock;
  readonly urls: PublicUrls;
}

/**
 * Requests cancellation of the owner's job. A job that was cancelled before stays as it is.
 *
 * @throws NotFound when the owner has no such job
 * @throws CannotCancel with the reason
 */
export function createCancel({ jobs, executions, clock, urls }: CancelPorts) {
  const cancelJob = createCancelJob({ jobs, executions, clock });

  return async (request: HttpRequest): Promise<HttpResponse> => {
    const job = await cancelJob(await ownedJob(jobs, request));
    const now = clock();
    return {
      status: 202,
      headers: { location: statusUrlOf(job.jobId, urls), ...retryAfter(job, now) },
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
