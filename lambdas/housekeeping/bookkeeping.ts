import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { learnDurations } from '../../domain/job/durations.ts';
import { isTerminal, type Job } from '../../domain/job/job.ts';
import { createExecutions } from '../adapters/executions.ts';
import { jobChangeOf } from '../adapters/job-change.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createStatistics } from '../adapters/statistics.ts';
import { createWebhookQueue } from '../adapters/webhook-queue.ts';
import type { Executions } from '../ports/executions.ts';
import type { JobChange } from '../ports/job-change.ts';
import type { Jobs } from '../ports/jobs.ts';
import type { Statistics } from '../ports/statistics.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger } from '../runtime/telemetry.ts';
import { createEnqueueWebhooks } from '../webhooks/enqueue-webhooks.ts';

export interface BookkeepingPorts {
  readonly jobs: Pick<Jobs, 'get'>;
  readonly executions: Pick<Executions, 'start'>;
  readonly statistics: Pick<Statistics, 'change'>;
  readonly enqueueWebhooks: ReturnType<typeof createEnqueueWebhooks>;
}

/**
 * Processes the changes of the last minute: starts jobs that were accepted but not started, enqueues webhooks for jobs
 * that ended, and learns the durations of the stages from completed jobs, with one write per batch. One function does
 * all three because a stream supports two consumers, and push is the other.
 */
export function createBookkeeping({ jobs, executions, statistics, enqueueWebhooks }: BookkeepingPorts) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const changes = Records.map(jobChangeOf);
    const ended = new Set(changes.flatMap(({ after }) => (isTerminal(after) ? after.jobId : [])));
    const failed = new Set(await enqueueWebhooks(changes));
    for (const change of changes) {
      const { before, after } = change;
      // A job that ended within the window was started.
      if (!before && !ended.has(after.jobId) && !(await ensureStarted(after))) failed.add(change);
    }

    // The stream redelivers everything from the first failure on, so later durations are learned next time.
    const firstFailed = changes.findIndex((change) => failed.has(change));
    const done = firstFailed < 0 ? changes : changes.slice(0, firstFailed);
    const steps = done.filter(isCompletion).flatMap(({ after }) => after.steps);
    if (steps.length > 0) await statistics.change((durations) => learnDurations(durations, steps));
    const itemIdentifier = changes[firstFailed]?.sequenceNumber;
    return { batchItemFailures: itemIdentifier === undefined ? [] : [{ itemIdentifier }] };
  };

  /**
   * Starts a job that is still queued.
   *
   * @returns false if the start failed
   */
  async function ensureStarted({ jobId }: Job): Promise<boolean> {
    try {
      const job = await jobs.get(jobId);
      if (job?.status !== 'queued') return true;
      logger.warn('Starting a job that was accepted but not started', { jobId });
      await executions.start(jobId);
      return true;
    } catch (error) {
      logger.error('Failed to start a job', { jobId, error: error as Error });
      return false;
    }
  }
}

const isCompletion = ({ before, after }: JobChange): boolean =>
  after.status === 'completed' && before?.status === 'processing';

const environment = environmentOf('housekeeping/bookkeeping');
export const handler = createBookkeeping({
  jobs: createJobs({ table: environment.JOBS_TABLE }),
  executions: createExecutions({ stateMachineArn: environment.STATE_MACHINE_ARN }),
  statistics: createStatistics({ table: environment.STATISTICS_TABLE }),
  enqueueWebhooks: createEnqueueWebhooks({
    queue: createWebhookQueue({ queueUrl: environment.WEBHOOK_QUEUE_URL }),
  }),
});
