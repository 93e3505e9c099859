import {
  isTerminal,
  type OrderHandle,
  type OrderRequest,
  type OrdersError,
  type StatusDocument,
} from '@accepted/client';
import { formatDuration, formatMoney, formatRemaining } from '../format.ts';
import { type Phase, phaseWord } from '../phase.ts';
import { texts } from '../texts.ts';
import { useNow } from '../use-now.ts';
import { Icon, type IconName } from './icon.tsx';
import { OrderActions } from './order-actions.tsx';
import { Outcome } from './outcome.tsx';
import { Stages } from './stages.tsx';

const icons: Readonly<Record<Phase, IconName>> = {
  idle: 'waiting',
  submitting: 'running',
  interrupted: 'alert',
  refused: 'failed',
  queued: 'waiting',
  processing: 'running',
  retrying: 'retrying',
  cancelling: 'undone',
  completed: 'done',
  failed: 'failed',
  cancelled: 'undone',
};

/** An order: its state, stages, progress and estimate, its outcome, and what can be done with it. */
export function OrderCard(props: {
  readonly api: string;
  readonly phase: Phase;
  /** Known in the tab that placed it. */
  readonly order: OrderRequest | undefined;
  readonly handle: OrderHandle | undefined;
  readonly job: StatusDocument | undefined;
  readonly error: OrdersError | undefined;
  cancel(): Promise<void>;
  redrive(): Promise<void>;
  sendAgain(): void;
  readonly tokenUrl: string | undefined;
  /** Present where another order than this tab's is shown. */
  readonly back: (() => void) | undefined;
}) {
  const { phase, order, handle, job, error, back } = props;
  const isOpen = job !== undefined && !isTerminal(job);
  const now = useNow(isOpen);
  const remaining = handle?.remaining();
  // Times of the job are the server's; the estimate tells how its clock stands to this one.
  const serverNow =
    job?.estimatedCompletion && remaining ? Date.parse(job.estimatedCompletion) - remaining : now;
  const total = order?.items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);

  return (
    <section className="card order" aria-labelledby="order-heading">
      <header>
        <h2 id="order-heading">{texts.order.heading}</h2>
        <p className={`phase phase-${phase}`} data-phase={phase}>
          {phase !== 'idle' && <Icon name={icons[phase]} />}
          {phaseWord(phase)}
        </p>
      </header>
      <p className="facts">
        {handle ? <code>{handle.jobId}</code> : ' '}
        {order && total !== undefined && <strong>{formatMoney(total, order.currency)}</strong>}
      </p>
      {back && (
        <p className="notice">
          {texts.order.other}{' '}
          <button type="button" className="link" onClick={back}>
            {texts.order.back}
          </button>
        </p>
      )}
      <div className="progress">
        <progress aria-label={texts.order.progress} value={job?.progress ?? 0} max={100} />
        <span className="percent">{job?.progress ?? 0} %</span>
        <span className="estimate">{job && estimateOf(job, remaining)}</span>
      </div>
      <Stages steps={job?.steps} now={serverNow} />
      <Outcome {...{ phase, order, job, error }} sendAgain={props.sendAgain} />
      <OrderActions
        {...{ api: props.api, handle, job, phase, order, tokenUrl: props.tokenUrl }}
        cancel={props.cancel}
        redrive={props.redrive}
      />
    </section>
  );
}

function estimateOf(job: StatusDocument, remaining: number | undefined): string {
  if (isTerminal(job))
    return texts.order.took(formatDuration(Date.parse(job.updatedAt) - Date.parse(job.createdAt)));
  if (remaining === undefined) return '';
  return remaining < 1_000 ? texts.order.soon : texts.order.remaining(formatRemaining(remaining));
}
