import type { Snapshot } from './live.ts';
import type { Route } from './route.ts';

/** What each view gets. */
export interface ViewProps {
  readonly route: Route;
  /** Another one whenever something in the account has changed. */
  readonly snapshot: Snapshot;
}
