import { isJobId, type Job } from '../../domain/job/job.ts';
import { NotFound } from '../../domain/protocol/errors.ts';
import type { Jobs } from '../ports/jobs.ts';
import type { HttpRequest } from './http.ts';

/**
 * The job that the path parameter `{jobId}` names, in capitals or not.
 *
 * @throws NotFound when there is no such job or it belongs to another owner; callers cannot tell the difference
 */
export async function ownedJob(
  jobs: Pick<Jobs, 'get'>,
  { owner, parameters }: Pick<HttpRequest, 'owner' | 'parameters'>,
): Promise<Job> {
  const { jobId: given = '' } = parameters;
  const jobId = given.toLowerCase();
  const job = isJobId(jobId) ? await jobs.get(jobId) : undefined;
  if (job?.owner !== owner) throw new NotFound('You have no job with this id.');
  return job;
}
