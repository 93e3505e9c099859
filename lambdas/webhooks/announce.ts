import { isTerminal } from '../../domain/job/job.ts';
import type { Callback } from '../../domain/job/webhook.ts';
import { type CallbackQueue, isVisible, type JobChange } from '../ports.ts';
import { logger } from '../runtime/telemetry.ts';

/** Messages that one call of the queue takes. */
const batchSize = 10;

/**
 * Queues a callback for every job that ended and wants one. Only ids go into the queue: what is sent is read when it
 * is sent.
 *
 * @returns the changes whose callback the queue did not take
 */
export function createAnnounce({ queue }: { readonly queue: Pick<CallbackQueue, 'send'> }) {
  return async (changes: readonly JobChange[]): Promise<readonly JobChange[]> => {
    const due = new Map<Callback, JobChange>(
      changes.filter(isAwaitedEnd).map((change) => {
        const { jobId, version } = change.after;
        return [{ jobId, version }, change];
      }),
    );
    const callbacks = [...due.keys()];
    const left: Callback[] = [];
    for (let i = 0; i < callbacks.length; i += batchSize) {
      left.push(...(await send(callbacks.slice(i, i + batchSize))));
    }
    return left.flatMap((callback) => due.get(callback) ?? []);
  };

  /** What the queue did not take; a queue that is down takes nothing. */
  async function send(callbacks: readonly Callback[]): Promise<readonly Callback[]> {
    try {
      return await queue.send(callbacks);
    } catch (error) {
      logger.error('Callbacks could not be queued', { callbacks: callbacks.length, error: error as Error });
      return callbacks;
    }
  }
}

const isAwaitedEnd = (change: JobChange): boolean =>
  change.after.callback === true && isTerminal(change.after) && isVisible(change);
