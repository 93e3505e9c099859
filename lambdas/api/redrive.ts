import { isRedrivable } from '../../domain/job/job.ts';
import { statusDocument, statusUrlOf } from '../../domain/job/status.ts';
import { transition } from '../../domain/job/transitions.ts';
import { CannotRedrive } from '../../domain/protocol/errors.ts';
import { createExecutions } from '../adapters/executions.ts';
import { createJobs } from '../adapters/jobs.ts';
import type { Clock, Executions, Jobs } from '../ports.ts';
import { environmentOf } from '../runtime/environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';
import { ownJob } from '../runtime/own-job.ts';
import { retryAfter } from '../runtime/retry-after.ts';
import { logger } from '../runtime/telemetry.ts';

export interface RedrivePorts {
  readonly jobs: Pick<Jobs, 'get' | 'change'>;
  readonly executions: Pick<Executions, 'redrive'>;
  readonly clock: Clock;
  /** `wss://…/live`. */
  readonly liveUrl: string;
}

/**
 * Resumes a redrivable failure at the stage that failed. The execution comes first: once it runs, its stage would
 * reopen the job by itself, as it does when an operator redrives it in the console.
 *
 * @throws NotFound for an unknown job and for another owner's
 * @throws CannotRedrive with the reason
 */
export function createRedrive({ jobs, executions, clock, liveUrl }: RedrivePorts) {
  return async (request: HttpRequest): Promise<HttpResponse> => {
    const found = await ownJob(jobs, request);
    const { jobId } = found;
    if (!isRedrivable(found))
      throw new CannotRedrive(`The job is ${found.status}, with nothing that a redrive could resume.`);
    if (!(await executions.redrive(found)))
      throw new CannotRedrive('Its execution runs again, or is too old to be redriven.');

    const job = await jobs.change(found, (current) => transition(current, { type: 'redriven' }, clock()));
    logger.info('Redriven', { jobId });
    return {
      status: 202,
      headers: { location: statusUrlOf(jobId), ...retryAfter(job, clock()) },
      body: statusDocument(job, liveUrl),
    };
  };
}

const environment = environmentOf('redrive');
export const handler = http(
  createRedrive({
    jobs: createJobs({ table: environment.JOBS_TABLE }),
    executions: createExecutions({ stateMachineArn: environment.STATE_MACHINE_ARN }),
    clock: () => new Date(),
    liveUrl: environment.LIVE_URL,
  }),
);
