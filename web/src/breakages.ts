import type { Fault } from './local-cloud.ts';
import type { texts } from './texts.ts';

/** What can be broken. */
export type BreakageName = keyof typeof texts.breakIt.done;

/** One way to break the system. */
export interface Breakage {
  readonly name: BreakageName;
  /** Absent where the server is killed. */
  readonly fault?: Fault;
  /** It strikes what only a new order, or one that has not been paid, meets. */
  readonly needs: 'new-order' | 'unpaid-order' | 'running-order';
}

/** In the order in which the page offers them. */
export const breakages: readonly Breakage[] = [
  {
    name: 'crash',
    fault: { target: 'lambda:payment', effect: 'crash-after', times: 1 },
    needs: 'unpaid-order',
  },
  {
    name: 'lostAnswer',
    fault: { target: 'lambda:accept', effect: 'crash-after', times: 1 },
    needs: 'new-order',
  },
  { name: 'dropSocket', fault: { target: 'socket', effect: 'drop', times: 1 }, needs: 'running-order' },
  { name: 'duplicate', fault: { target: 'stream', effect: 'duplicate', times: 4 }, needs: 'running-order' },
  { name: 'kill', needs: 'running-order' },
];
