import type { Job } from '../../domain/job/job.ts';
import { statusWithoutTicket } from '../../domain/job/status.ts';
import type { OperatorJob } from '../../domain/operator/operator-protocol.ts';
import { NotFound } from '../../domain/protocol/errors.ts';
import { basePath } from '../../domain/protocol/protocol.ts';
import type { Jobs } from '../ports/jobs.ts';

/** The job as operators see it. */
export const operatorJob = (job: Job, now: Date): OperatorJob => ({
  ...statusWithoutTicket(job, { api: basePath }, now),
  owner: job.owner,
});

/**
 * Reads a job, whoever owns it.
 *
 * @throws NotFound when there is none
 */
export async function existingJob(jobs: Pick<Jobs, 'get'>, jobId: string): Promise<Job> {
  const job = await jobs.get(jobId);
  if (!job) throw new NotFound(`There is no job ${jobId}: the id is wrong, or its record has expired.`);
  return job;
}
