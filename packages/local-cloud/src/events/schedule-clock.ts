import type { Schedule } from './schedule-expression.ts';

/** Longest delay of a timer. */
const maxDelayMs = 2 ** 31 - 1;

/**
 * Runs a schedule on a clock that is faster by the time scale: with 0.01 a minute lasts 600 ms.
 * While time is shrunken a run that still goes on makes the next one be left out, so that runs cannot pile up.
 * @returns Ends it.
 */
export function runSchedule(schedule: Schedule, timeScale: number, run: () => Promise<void>): () => void {
  const begun = Date.now();
  const virtualNow = () => begun + (Date.now() - begun) / timeScale;
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;

  const arm = (due: number | undefined): void => {
    if (due === undefined) return;
    const left = (due - virtualNow()) * timeScale;
    timer = setTimeout(
      () => {
        if (virtualNow() < due - 1) return arm(due);
        arm(schedule(Math.max(due, virtualNow())));
        if (isRunning && timeScale < 1) return;
        isRunning = true;
        void run().finally(() => {
          isRunning = false;
        });
      },
      Math.min(Math.max(Math.ceil(left), 1), maxDelayMs),
    );
  };
  arm(schedule(virtualNow()));
  return () => clearTimeout(timer);
}
