import { type PublicUrls, statusDocument, statusUrlOf } from '../../domain/job/status.ts';
import { createExecutions } from '../adapters/executions.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createRedriveJob } from '../commands/redrive-job.ts';
import type { Clock } from '../ports/clock.ts';
import type { Executions } from '../ports/executions.ts';
import type { Jobs } from '../ports/jobs.ts';
import { environmentOf } from '../runtime/environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';
import { ownedJob } from '../runtime/owned-job.ts';
import { retryAfter } from '../runtime/retry-after.ts';

export interface RedrivePorts {
  readonly jobs: Pick<Jobs, 'get' | 'change'>;
  readonly executions: Pick<Executions, 'redrive' | 'startSettlement'>;
  readonly clock: Clock;
  readonly urls: PublicUrls;
}

/**
 * Resumes the owner's redrivable job at the stage that failed. A job that was redriven and has not failed again stays as
 * it is.
 *
 * @throws NotFound when the owner has no such job
 * @throws CannotRedrive with the reason
 */
export function createRedrive({ jobs, executions, clock, urls }: RedrivePorts) {
  const redriveJob = createRedriveJob({ jobs, executions, clock });

  return async (request: HttpRequest): Promise<HttpResponse> => {
    const job = await redriveJob(await ownedJob(jobs, request));
    const now = clock();
    return {
      status: 202,
      headers: { location: statusUrlOf(job.jobId, urls), ...retryAfter(job, now) },
      body: statusDocument(job, urls, now),
    };
  };
}

const environment = environmentOf('api/redrive');
export const handler = http(
  createRedrive({
    jobs: createJobs({ table: environment.JOBS_TABLE }),
    executions: createExecutions({ stateMachineArn: environment.STATE_MACHINE_ARN }),
    clock: () => new Date(),
    urls: { api: environment.API_URL, live: environment.LIVE_URL },
  }),
);
