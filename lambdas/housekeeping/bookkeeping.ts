import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { learnDurations } from '../../domain/job/durations.ts';
import { isTerminal, type Job } from '../../domain/job/job.ts';
import { createDeadLetters } from '../adapters/dead-letters.ts';
import { createExecutions } from '../adapters/executions.ts';
import { jobChangeOf } from '../adapters/job-change.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createStatistics } from '../adapters/statistics.ts';
import { createWebhookQueue } from '../adapters/webhook-queue.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeadLetters } from '../ports/dead-letters.ts';
import type { Executions } from '../ports/executions.ts';
import type { JobChange } from '../ports/job-change.ts';
import type { Jobs } from '../ports/jobs.ts';
import type { Statistics } from '../ports/statistics.ts';
import { environmentOf } from '../runtime/environment.ts';
import { measure } from '../runtime/measure.ts';
import { createReadRecords } from '../runtime/read-records.ts';
import { setAside } from '../runtime/set-aside.ts';
import { logger } from '../runtime/telemetry.ts';
import { withRequestId } from '../runtime/with-request-id.ts';
import { createEnqueueWebhooks } from '../webhooks/enqueue-webhooks.ts';

export interface BookkeepingPorts {
  readonly jobs: Pick<Jobs, 'get'>;
  readonly executions: Pick<Executions, 'start'>;
  readonly statistics: Pick<Statistics, 'change'>;
  readonly enqueueWebhooks: ReturnType<typeof createEnqueueWebhooks>;
  /** Records that were given up. */
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  /** How long a job may be queued before it is started here, in milliseconds. @default none */
  readonly startAfterMs?: number;
}

/** A webhook that could not be enqueued for this long is set aside, in milliseconds: half of what a stream keeps. */
const patienceMs = 12 * 3_600_000;

/**
 * Processes the changes of the last minute: enqueues webhooks for jobs that ended, starts jobs that were accepted but not
 * started, and learns the durations of the stages from completed jobs, with one write per batch. One function does all
 * three because a stream supports two consumers, and push is the other.
 *
 * Only a webhook that was not enqueued makes the stream redeliver a change. Whatever else fails is logged, so that it
 * repeats no webhook and holds up no change: the sweep starts what was not started, and durations may miss a sample.
 */
export function createBookkeeping(ports: BookkeepingPorts) {
  const { jobs, executions, statistics, enqueueWebhooks, deadLetters, clock } = ports;
  const readChanges = createReadRecords((record) => ({ record, change: jobChangeOf(record) }), deadLetters);

  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const read = await readChanges(Records);
    const changes = read.values.map(({ change }) => change);
    const recordOf = (wanted: JobChange | undefined) =>
      read.values.find(({ change }) => change === wanted)?.record;

    const [first, second] = await enqueueWebhooks(changes);
    const firstRecord = recordOf(first);
    const isGivenUp = firstRecord && isOld(firstRecord) && (await setAside(firstRecord, deadLetters));
    const unqueued = isGivenUp ? second : first;
    const done = unqueued ? changes.slice(0, changes.indexOf(unqueued)) : changes;
    await startAccepted(changes);
    await learn(done);

    const failed = recordOf(unqueued) ?? read.failed;
    return { batchItemFailures: failed ? [{ itemIdentifier: failed.dynamodb?.SequenceNumber ?? '' }] : [] };
  };

  function isOld({ dynamodb }: DynamoDBRecord): boolean {
    const { ApproximateCreationDateTime: createdAt } = dynamodb ?? {};
    return createdAt !== undefined && clock().getTime() - createdAt * 1000 > patienceMs;
  }

  /**
   * Starts the jobs that are still queued; a job that ended among these changes was started. It stops at the first failure,
   * because the next ones would only wait for the same service. Never fails.
   */
  async function startAccepted(changes: readonly JobChange[]): Promise<void> {
    const ended = new Set(changes.flatMap(({ after }) => (isTerminal(after) ? after.jobId : [])));
    const accepted = changes.filter(({ before, after }) => !before && !ended.has(after.jobId));
    for (const { after } of accepted) {
      try {
        await ensureStarted(after);
      } catch (error) {
        const { jobId } = after;
        logger.error('Failed to start a job; the sweep will start it', { jobId, error: error as Error });
        return;
      }
    }
  }

  async function ensureStarted({ jobId }: Job): Promise<void> {
    const job = await jobs.get(jobId);
    if (job?.status !== 'queued') return;
    // Its execution may be about to begin; if it is not, the sweep starts the job.
    if (clock().getTime() - Date.parse(job.createdAt) < (ports.startAfterMs ?? 0)) return;
    logger.warn('Starting a job that was accepted but not started', { jobId });
    await executions.start(jobId);
  }

  /** Never fails. */
  async function learn(changes: readonly JobChange[]): Promise<void> {
    const completed = changes.filter(isCompletion).map(({ after }) => after);
    const steps = completed.flatMap((job) => job.steps);
    measure('EndToEnd', completed.map(ageAtLastChange));
    if (steps.length === 0) return;
    try {
      await statistics.change((durations) => learnDurations(durations, steps));
    } catch (error) {
      logger.warn('Failed to learn durations', { error: error as Error });
    }
  }
}

/** Time from the job's acceptance to its last change, in milliseconds. */
const ageAtLastChange = ({ createdAt, updatedAt }: Job): number =>
  Date.parse(updatedAt) - Date.parse(createdAt);

const isCompletion = ({ before, after }: JobChange): boolean =>
  after.status === 'completed' && before?.status === 'processing';

const environment = environmentOf('housekeeping/bookkeeping');
export const handler = withRequestId(
  createBookkeeping({
    jobs: createJobs({ table: environment.JOBS_TABLE }),
    executions: createExecutions({ stateMachineArn: environment.STATE_MACHINE_ARN }),
    statistics: createStatistics({ table: environment.STATISTICS_TABLE }),
    enqueueWebhooks: createEnqueueWebhooks({
      queue: createWebhookQueue({ queueUrl: environment.WEBHOOK_QUEUE_URL }),
    }),
    deadLetters: createDeadLetters({ queueUrl: environment.DEAD_LETTER_QUEUE_URL }),
    clock: () => new Date(),
    startAfterMs: environment.START_AFTER_SECONDS * 1000,
  }),
);
