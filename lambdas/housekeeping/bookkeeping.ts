import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { learn } from '../../domain/job/durations.ts';
import { isTerminal, type Job } from '../../domain/job/job.ts';
import { createCallbackQueue } from '../adapters/callback-queue.ts';
import { createExecutions } from '../adapters/executions.ts';
import { jobChangeOf } from '../adapters/job-change.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createStatistics } from '../adapters/statistics.ts';
import type { Executions, JobChange, Jobs, Statistics } from '../ports.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger } from '../runtime/telemetry.ts';
import { createAnnounce } from '../webhooks/announce.ts';

export interface BookkeepingPorts {
  readonly jobs: Pick<Jobs, 'get'>;
  readonly executions: Pick<Executions, 'start'>;
  readonly statistics: Pick<Statistics, 'change'>;
  /** Queues callbacks; answers with the changes whose callback was not taken. */
  readonly announce: ReturnType<typeof createAnnounce>;
}

/**
 * Looks at what happened in the last minute: starts what was accepted but not started, queues callbacks for what
 * ended, and learns from completed jobs how long the stages take, in one write a batch. One function for the three,
 * because a stream bears two readers and the push is the other.
 */
export function createBookkeeping({ jobs, executions, statistics, announce }: BookkeepingPorts) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const changes = Records.map(jobChangeOf);
    const ended = new Set(changes.flatMap(({ after }) => (isTerminal(after) ? after.jobId : [])));
    const failed = new Set(await announce(changes));
    for (const change of changes) {
      const { before, after } = change;
      // What ended within the window has been started, and needs no look.
      if (!before && !ended.has(after.jobId) && !(await isStarted(after))) failed.add(change);
    }

    // The stream brings everything from the first failure on again: what lies behind it is learned from then.
    const firstFailed = changes.findIndex((change) => failed.has(change));
    const done = firstFailed < 0 ? changes : changes.slice(0, firstFailed);
    const steps = done.filter(isCompletion).flatMap(({ after }) => after.steps);
    if (steps.length > 0) await statistics.change((durations) => learn(durations, steps));
    const itemIdentifier = changes[firstFailed]?.sequenceNumber;
    return { batchItemFailures: itemIdentifier === undefined ? [] : [{ itemIdentifier }] };
  };

  /** Sees to it that a job is under way. */
  async function isStarted({ jobId }: Job): Promise<boolean> {
    try {
      const job = await jobs.get(jobId);
      if (job?.status !== 'queued') return true;
      logger.warn('Starting what was accepted but not started', { jobId });
      await executions.start(jobId);
      return true;
    } catch (error) {
      logger.error('A forgotten job could not be started', { jobId, error: error as Error });
      return false;
    }
  }
}

const isCompletion = ({ before, after }: JobChange): boolean =>
  after.status === 'completed' && before?.status === 'processing';

const environment = environmentOf('bookkeeping');
export const handler = createBookkeeping({
  jobs: createJobs({ table: environment.JOBS_TABLE }),
  executions: createExecutions({ stateMachineArn: environment.STATE_MACHINE_ARN }),
  statistics: createStatistics({ table: environment.STATISTICS_TABLE }),
  announce: createAnnounce({ queue: createCallbackQueue({ queueUrl: environment.CALLBACK_QUEUE_URL }) }),
});
