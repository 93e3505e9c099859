import { isRedrivable, isRedriveOverdue, type Job } from '../../domain/job/job.ts';
import { type PublicUrls, statusDocument, statusUrlOf } from '../../domain/job/status.ts';
import { transition } from '../../domain/job/transitions.ts';
import { CannotRedrive } from '../../domain/protocol/errors.ts';
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

export interface RedrivePorts {
  readonly jobs: Pick<Jobs, 'get' | 'change'>;
  readonly executions: Pick<Executions, 'redrive' | 'startSettlement'>;
  readonly clock: Clock;
  readonly urls: PublicUrls;
}

/**
 * Resumes a redrivable job at the stage that failed. The execution is redriven first, because its stage reopens the job
 * anyway; that is also how a redrive in the Step Functions console works. A job whose undoing failed gets another
 * settlement execution. A job that was redriven and has not failed again stays as it is.
 *
 * @throws NotFound when the owner has no such job
 * @throws CannotRedrive with the reason
 */
export function createRedrive({ jobs, executions, clock, urls }: RedrivePorts) {
  const startSettlement = createStartSettlement(executions);

  return async (request: HttpRequest): Promise<HttpResponse> => {
    const found = await ownedJob(jobs, request);
    const { jobId } = found;
    const job = isRedrivable(found) ? await redrive(found) : found;
    if (!job.redriven || job.status === 'failed' || job.status === 'cancelled')
      throw new CannotRedrive(`Only a redrivable failure can be redriven; the job is ${job.status}.`);
    logger.info('Job redriven', { jobId });
    const now = clock();
    return {
      status: 202,
      headers: { location: statusUrlOf(jobId, urls), ...retryAfter(job, now) },
      body: statusDocument(job, urls, now),
    };
  };

  async function redrive(failed: Job): Promise<Job> {
    if (isRedriveOverdue(failed, clock()))
      throw new CannotRedrive('The failure is final: the time for a redrive has passed.');
    if (!failed.outcome && !(await executions.redrive(failed.jobId)))
      throw new CannotRedrive('The execution is too old to be redriven.');

    const job = await jobs.change(failed, (current) => transition(current, { type: 'redriven' }, clock()));
    if (job.outcome) await startSettlement(job);
    return job;
  }
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
