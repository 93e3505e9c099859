import { isTerminal, type JobStatus, type StatusDocument } from '@accepted/client';
import { useOrder, useOrderHistory } from '@accepted/client/react';
import { useEffect, useState } from 'react';
import { formatDate } from '../format.ts';
import { texts } from '../texts.ts';
import { Icon, type IconName } from './icon.tsx';

const statuses = Object.keys(texts.status) as JobStatus[];
const icons: Readonly<Record<JobStatus, IconName>> = {
  queued: 'waiting',
  processing: 'running',
  completed: 'done',
  failed: 'failed',
  cancelled: 'undone',
};

/** The caller's orders, newest first, each live. */
export function History({
  onWatch,
  shownId,
  ended,
}: {
  onWatch(jobId: string): void;
  readonly shownId: string | undefined;
  /** The job that ended last: the list is read again. */
  readonly ended: string | undefined;
}) {
  const [status, setStatus] = useState<JobStatus>();
  const { items, error, isLoading, hasMore, more, refresh } = useOrderHistory({ status, limit: 6 });
  useEffect(() => {
    if (shownId || ended) refresh();
  }, [shownId, ended, refresh]);

  return (
    <section className="card history" aria-labelledby="history-heading">
      <header>
        <h2 id="history-heading">{texts.history.heading}</h2>
        <label>
          {texts.history.filter}{' '}
          <select
            value={status ?? ''}
            onChange={({ target }) => setStatus((target.value || undefined) as JobStatus | undefined)}
          >
            <option value="">{texts.history.all}</option>
            {statuses.map((each) => (
              <option key={each} value={each}>
                {texts.status[each]}
              </option>
            ))}
          </select>
        </label>
      </header>
      {error && (
        <p className="outcome outcome-bad">
          <Icon name="alert" /> {error.message}
        </p>
      )}
      <ul aria-busy={isLoading}>
        {items.length === 0 && !isLoading && !error && <li className="muted">{texts.history.empty}</li>}
        {items.map((job) => (
          <Row key={job.jobId} job={job} isShown={job.jobId === shownId} onWatch={onWatch} />
        ))}
      </ul>
      <p className="actions">
        <button type="button" disabled={!hasMore} onClick={more}>
          {texts.history.more}
        </button>
        <button type="button" onClick={refresh}>
          {texts.history.refresh}
        </button>
      </p>
    </section>
  );
}

function Row({
  job: read,
  isShown,
  onWatch,
}: {
  readonly job: StatusDocument;
  readonly isShown: boolean;
  onWatch(jobId: string): void;
}) {
  const { job = read } = useOrder(read, { enabled: !isTerminal(read) });
  const time = formatDate(job.createdAt);
  return (
    <li>
      <button type="button" className="row" aria-current={isShown} onClick={() => onWatch(job.jobId)}>
        <span className={`phase phase-${job.status}`}>
          <Icon name={icons[job.status]} />
          {texts.status[job.status]}
        </span>
        <span className="percent">{job.progress} %</span>
        <span className="muted">{time}</span>
      </button>
    </li>
  );
}
