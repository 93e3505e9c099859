import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { learn } from '../../domain/durations.ts';
import type { Job } from '../../domain/job.ts';
import { createExecutions } from '../adapters/executions.ts';
import { jobOf } from '../adapters/job-item.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createStatistics } from '../adapters/statistics.ts';
import { imageOf } from '../adapters/stream-image.ts';
import { environmentOf } from '../environment.ts';
import type { Executions, Jobs, Statistics } from '../ports.ts';
import { logger } from '../telemetry.ts';

export interface BookkeepingPorts {
  readonly jobs: Pick<Jobs, 'get'>;
  readonly executions: Pick<Executions, 'start'>;
  readonly statistics: Pick<Statistics, 'change'>;
}

/**
 * Looks at what happened in the last minute: starts what was accepted but not started, and learns from finished jobs
 * how long the stages take, in one write a batch.
 */
export function createBookkeeping({ jobs, executions, statistics }: BookkeepingPorts) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const finished = new Set(Records.filter(isEnd).map((record) => jobOfRecord(record).jobId));
    let done = 0;
    try {
      for (; done < Records.length; done++) {
        const record = Records[done] as DynamoDBRecord;
        // What finished within the window has been started, and needs no look.
        if (!isEnd(record) && !finished.has(jobOfRecord(record).jobId))
          await startIfForgotten(jobOfRecord(record));
      }
    } catch (error) {
      logger.error('A forgotten job could not be started', { error: error as Error });
    }

    const steps = Records.slice(0, done)
      .filter(isEnd)
      .flatMap((record) => jobOfRecord(record).steps);
    if (steps.length > 0) await statistics.change((durations) => learn(durations, steps));
    const itemIdentifier = Records[done]?.dynamodb?.SequenceNumber;
    return { batchItemFailures: itemIdentifier === undefined ? [] : [{ itemIdentifier }] };
  };

  async function startIfForgotten({ jobId }: Job): Promise<void> {
    const job = await jobs.get(jobId);
    if (job?.status !== 'queued') return;
    logger.warn('Starting what was accepted but not started', { jobId });
    await executions.start(jobId);
  }
}

const isEnd = ({ eventName }: DynamoDBRecord): boolean => eventName === 'MODIFY';

/** The stream's image as a job. */
const jobOfRecord = ({ dynamodb }: DynamoDBRecord): Job => jobOf(imageOf(dynamodb?.NewImage));

const environment = environmentOf('bookkeeping');
export const handler = createBookkeeping({
  jobs: createJobs({ table: environment.JOBS_TABLE }),
  executions: createExecutions({ stateMachineArn: environment.STATE_MACHINE_ARN }),
  statistics: createStatistics({ table: environment.STATISTICS_TABLE }),
});
