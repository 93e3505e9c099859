import type { Connection, OrdersError, StatusDocument } from '@accepted/client';
import { announcementOf } from '../announcement.ts';
import { texts } from '../texts.ts';

/** What screen readers hear: one polite sentence a stage, and an alert for a failure. */
export function Announcer({
  job,
  error,
  connection,
}: {
  readonly job: StatusDocument | undefined;
  readonly error: OrdersError | undefined;
  readonly connection: Connection;
}) {
  const failure = job?.status === 'failed' ? texts.announce.failed(job.error.message) : error?.message;
  const isOffline = job !== undefined && connection === 'offline';
  return (
    <div className="visually-hidden">
      <p role="status">{isOffline ? texts.announce.offline : announcementOf(job)}</p>
      <p role="alert">{failure}</p>
    </div>
  );
}
