import type { OrderRequest, OrdersError, StatusDocument, Step } from '@accepted/client';
import { formatDate } from '../format.ts';
import type { Phase } from '../phase.ts';
import { texts } from '../texts.ts';
import { Icon } from './icon.tsx';

/** What became of an order, in sentences. The space is there before the sentences are. */
export function Outcome({
  phase,
  order,
  job,
  error,
  sendAgain,
}: {
  readonly phase: Phase;
  readonly order: OrderRequest | undefined;
  readonly job: StatusDocument | undefined;
  readonly error: OrdersError | undefined;
  sendAgain(): void;
}) {
  if (phase === 'interrupted') {
    return (
      <div className="outcome outcome-wait">
        <p>{texts.order.interrupted}</p>
        <button type="button" className="primary" onClick={sendAgain}>
          {texts.order.sendAgain}
        </button>
      </div>
    );
  }
  if (error) {
    return (
      <div className="outcome outcome-bad">
        <p>
          <Icon name="alert" /> {messageOf(error)}
        </p>
      </div>
    );
  }
  if (phase === 'cancelling') return <div className="outcome outcome-wait">{texts.order.cancelling}</div>;
  if (job?.status === 'completed') return <Completed job={job} order={order} />;
  if (job?.status === 'failed' || job?.status === 'cancelled') return <Ended job={job} />;
  return <div className="outcome" />;
}

/** The fields say themselves what is wrong with them. */
const messageOf = (error: OrdersError): string =>
  error.name === 'OrderRefusedError' && error.problem.errors ? texts.place.refused : error.message;

function Completed({
  job,
  order,
}: {
  readonly job: Extract<StatusDocument, { status: 'completed' }>;
  readonly order: OrderRequest | undefined;
}) {
  const isMailed = statusOf(job, 'email') === 'completed';
  return (
    <div className="outcome outcome-good">
      <p>
        <Icon name="done" /> {texts.order.result(job.result.orderId)}
      </p>
      {isMailed && order && <p>{texts.order.mail(order.email)}</p>}
      {statusOf(job, 'email') === 'failed' && <p>{texts.order.noMail}</p>}
    </div>
  );
}

function Ended({ job }: { readonly job: Extract<StatusDocument, { status: 'failed' | 'cancelled' }> }) {
  const { message, redrivable, redrivableUntil } = job.error;
  const isRefunded = statusOf(job, 'payment') === 'compensated';
  const isBad = job.status === 'failed';
  return (
    <div className={`outcome outcome-${isBad ? 'bad' : 'wait'}`}>
      <p>
        <Icon name={isBad ? 'alert' : 'undone'} /> {message}
      </p>
      <p>
        {redrivable && redrivableUntil
          ? texts.order.redrivable(formatDate(redrivableUntil))
          : `${isRefunded ? texts.order.refunded : texts.order.notCharged} ${isBad ? texts.order.final : ''}`}
      </p>
    </div>
  );
}

const statusOf = ({ steps }: { readonly steps: readonly Step[] }, stage: string) =>
  steps.find(({ name }) => name === stage)?.status;
