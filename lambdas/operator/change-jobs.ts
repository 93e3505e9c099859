import type { Job } from '../../domain/job/job.ts';
import type { JobResult } from '../../domain/operator/operator-protocol.ts';
import { Refusal } from '../../domain/protocol/errors.ts';
import type { Jobs } from '../ports/jobs.ts';
import { logger } from '../runtime/telemetry.ts';
import { existingJob } from './operator-job.ts';

export interface ChangeJobsPorts {
  readonly jobs: Pick<Jobs, 'get'>;
  /** Cancels or redrives a job and returns it as stored. */
  readonly change: (job: Job) => Promise<Job>;
}

/** Changes several jobs, one after the other. A refusal or failure of one does not affect the others. */
export function createChangeJobs({ jobs, change }: ChangeJobsPorts) {
  return async ({ jobIds }: { readonly jobIds: readonly string[] }) => {
    const results: JobResult[] = [];
    for (const jobId of jobIds) results.push(await changeOne(jobId));
    return { results };
  };

  async function changeOne(jobId: string): Promise<JobResult> {
    try {
      const { status } = await change(await existingJob(jobs, jobId));
      return { jobId, status };
    } catch (error) {
      if (error instanceof Refusal) return { jobId, refusal: error.message };
      logger.error('Failed to change a job for an operator', { jobId, error: error as Error });
      return { jobId, refusal: `It failed and may be repeated: ${(error as Error).message}` };
    }
  }
}
