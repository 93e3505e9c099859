import type { Job } from '../../domain/job/job.ts';
import { statusDocument, statusUrlOf } from '../../domain/job/status.ts';
import { transition } from '../../domain/job/transitions.ts';
import { cancelRefusal } from '../../domain/job/undoing.ts';
import { CannotCancel } from '../../domain/protocol/errors.ts';
import { createExecutions } from '../adapters/executions.ts';
import { createJobs } from '../adapters/jobs.ts';
import type { Clock, Executions, Jobs } from '../ports.ts';
import { environmentOf } from '../runtime/environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';
import { ownJob } from '../runtime/own-job.ts';
import { retryAfter } from '../runtime/retry-after.ts';
import { logger } from '../runtime/telemetry.ts';

export interface CancelPorts {
  readonly jobs: Pick<Jobs, 'get' | 'change'>;
  readonly executions: Pick<Executions, 'settle'>;
  readonly clock: Clock;
  /** `wss://…/live`. */
  readonly liveUrl: string;
}

/**
 * Asks for cancellation: honoured when the next stage, or the next attempt of one, begins. A failure that waits for a
 * redrive has no next stage, so what was done is undone by an execution of its own. Where that does not start, the
 * reconciliation's next sweep starts it.
 *
 * @throws NotFound for an unknown job and for another owner's
 * @throws CannotCancel with the reason
 */
export function createCancel({ jobs, executions, clock, liveUrl }: CancelPorts) {
  return async (request: HttpRequest): Promise<HttpResponse> => {
    const found = await ownJob(jobs, request);
    const { jobId } = found;
    let asked: Job | undefined;
    const job = await jobs.change(found, (current) => {
      // It was written already, and the answer got lost.
      if (current.status === 'cancelled' && current.version === asked?.version) return current;
      const refusal = cancelRefusal(current);
      if (refusal) throw new CannotCancel(refusal);
      asked = transition(current, { type: 'cancel-requested' }, clock());
      return asked;
    });
    if (job.outcome && !found.outcome) await settle(jobId);
    logger.info('Cancellation requested', { jobId });
    return {
      status: 202,
      headers: { location: statusUrlOf(jobId), ...retryAfter(job, clock()) },
      body: statusDocument(job, liveUrl),
    };
  };

  /** The cancellation is recorded whether this succeeds or not. */
  async function settle(jobId: string): Promise<void> {
    try {
      await executions.settle(jobId);
    } catch (error) {
      logger.error('The settlement did not start; the reconciliation will start it', {
        jobId,
        error: error as Error,
      });
    }
  }
}

const environment = environmentOf('cancel');
export const handler = http(
  createCancel({
    jobs: createJobs({ table: environment.JOBS_TABLE }),
    executions: createExecutions({ stateMachineArn: environment.STATE_MACHINE_ARN }),
    clock: () => new Date(),
    liveUrl: environment.LIVE_URL,
  }),
);
