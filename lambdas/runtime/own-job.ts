import { isJobId, type Job } from '../../domain/job/job.ts';
import { NotFound } from '../../domain/protocol/errors.ts';
import type { Jobs } from '../ports.ts';
import type { HttpRequest } from './http.ts';

/**
 * The job that a request's `{jobId}` names.
 *
 * @throws NotFound for an unknown job and for another owner's alike: nobody can tell them apart
 */
export async function ownJob(
  jobs: Pick<Jobs, 'get'>,
  { owner, parameters }: Pick<HttpRequest, 'owner' | 'parameters'>,
): Promise<Job> {
  const { jobId = '' } = parameters;
  const job = isJobId(jobId) ? await jobs.get(jobId) : undefined;
  if (job?.owner !== owner) throw new NotFound('You have no such job.');
  return job;
}
