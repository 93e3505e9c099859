import { withLearnedDurations } from '../../domain/job/durations.ts';
import { type StageTable, stages } from '../../domain/stages.ts';
import type { Clock } from '../ports/clock.ts';
import type { Statistics } from '../ports/statistics.ts';
import { logger } from './telemetry.ts';

/** How long a read is used, in milliseconds. */
const freshMs = 60_000;

/** Timeout of a read, in milliseconds: an estimate must not delay an order. */
const timeoutMs = 500;

/**
 * The stage table with learned durations, read at most once a minute by each instance of a function. If a read fails or
 * takes too long, the durations that were read before are used.
 *
 * @returns a function that never rejects
 */
export function createLearnedStages(ports: { statistics: Pick<Statistics, 'durations'>; clock: Clock }) {
  let table: StageTable = stages;
  let freshUntil = Number.NEGATIVE_INFINITY;

  return async (): Promise<StageTable> => {
    const now = ports.clock().getTime();
    if (now < freshUntil) return table;
    freshUntil = now + freshMs;
    try {
      const durations = await ports.statistics.durations(AbortSignal.timeout(timeoutMs));
      table = withLearnedDurations(stages, durations);
    } catch (error) {
      logger.warn('Failed to read learned durations', { error: error as Error });
    }
    return table;
  };
}
