import { expecting } from '../../domain/job/durations.ts';
import { type StageTable, stages } from '../../domain/stages.ts';
import type { Clock, Statistics } from '../ports.ts';
import { logger } from './telemetry.ts';

/** How long what was read serves, in milliseconds: durations do not change faster than people notice. */
const freshMs = 60_000;

/** Longest wait for a read, in milliseconds: no order is held up for an estimate. */
const patienceMs = 500;

/**
 * The stage table with learned durations, read at most once a minute by each instance of a function. An estimate is
 * worth no failure and no delay: without a prompt answer, what was known before serves.
 */
export function createExpectations({
  statistics,
  clock,
}: {
  statistics: Pick<Statistics, 'durations'>;
  clock: Clock;
}) {
  let table: StageTable = stages;
  let freshUntil = Number.NEGATIVE_INFINITY;

  return async (): Promise<StageTable> => {
    const now = clock().getTime();
    if (now < freshUntil) return table;
    freshUntil = now + freshMs;
    try {
      table = expecting(stages, await statistics.durations(AbortSignal.timeout(patienceMs)));
    } catch (error) {
      logger.warn('Learned durations could not be read', { error: error as Error });
    }
    return table;
  };
}
