import type { OrdersError } from './errors.ts';
import type { StatusDocument } from './protocol.ts';
import type { Connection } from './watch.ts';

/** Callbacks of a watched job. An error thrown by one is rethrown as uncaught; it does not disturb the watch. */
export interface OrderListeners {
  /** Receives every newer version. */
  readonly onUpdate?: ((job: StatusDocument) => void) | undefined;
  /** Receives what ended the watching, other than the job's end: a {@link SignedOutError}, for example. */
  readonly onError?: ((error: OrdersError) => void) | undefined;
  /** Receives how the client knows of changes, at first and when it changes. */
  readonly onConnection?: ((connection: Connection) => void) | undefined;
}
