import { TimedOutError } from './errors.ts';
import type { StatusDocument } from './protocol.ts';

/** The caller's time is over; `job` is the newest status known. */
export const timedOut = (cause?: unknown, job?: StatusDocument): TimedOutError =>
  new TimedOutError('Operation timed out', cause, { job });
