import { isTerminal, type OrderRequest } from '@accepted/client';
import { useOrder } from '@accepted/client/react';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { BreakageName } from '../breakages.ts';
import type { LocalCloud } from '../local-cloud.ts';
import type { Meter } from '../meter.ts';
import { orderFor } from '../outcomes.ts';
import { phaseOf } from '../phase.ts';
import type { Session } from '../session.ts';
import { usePlacement } from '../use-placement.ts';
import { useProof } from '../use-proof.ts';
import { useVersions } from '../use-versions.ts';
import { Announcer } from './announcer.tsx';
import { BreakIt } from './break-it.tsx';
import { Hero } from './hero.tsx';
import { History } from './history.tsx';
import { OrderCard } from './order-card.tsx';
import { PlaceOrder } from './place-order.tsx';
import { ProofRow } from './proof-row.tsx';
import { SignInCard } from './sign-in-card.tsx';
import { StatusDocumentPanel } from './status-document-panel.tsx';

const jobInAddress = () => new URLSearchParams(location.search).get('job') ?? undefined;

/** One order, live: the one that this tab placed, or the one that the address names. */
export function OrderPage({
  api,
  session,
  local,
  meter,
}: {
  readonly api: string;
  readonly session: Session;
  readonly local: LocalCloud | undefined;
  readonly meter: Meter;
}) {
  const placement = usePlacement(local);
  const [chosen, setChosen] = useState(jobInAddress);
  const other = useOrder(chosen, { enabled: chosen !== undefined });
  const [broken, setBroken] = useState<readonly BreakageName[]>([]);
  const hasBegun = useRef(false);

  const shown = chosen === undefined ? placement : other;
  const { job, error, connection, handle } = shown;
  const phase = phaseOf(job, chosen === undefined ? placement.state : error ? 'error' : 'queued');
  const traffic = useSyncExternalStore(meter.subscribe, () => meter.of(handle?.jobId));
  const versions = useVersions(handle);
  const proof = useProof(local, job, placement.placed);

  const watch = (jobId: string | undefined) => {
    setChosen(jobId);
    setBroken([]);
    history.pushState(null, '', jobId ? `/?job=${jobId}` : '/');
  };
  const place = (order: OrderRequest) => {
    if (chosen !== undefined) watch(undefined);
    setBroken([]);
    return placement.place(order);
  };

  useEffect(() => {
    const follow = () => setChosen(jobInAddress());
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);

  useEffect(() => {
    // On the local cloud nobody is charged: the first thing to see is an order on its way.
    if (hasBegun.current || !local || placement.placed || jobInAddress()) return;
    hasBegun.current = true;
    placement.place(orderFor('tok_slow'));
  }, [local, placement]);

  if (error?.name === 'SignedOutError' && session.signIn)
    return <SignInCard state="expired" session={session} />;
  const isOwn = chosen === undefined;
  const order = isOwn || placement.placed?.jobId === job?.jobId ? placement.placed?.order : undefined;

  return (
    <>
      <Announcer job={job} error={error} connection={connection} />
      <Hero
        phase={phase}
        connection={handle && !(job && isTerminal(job)) ? connection : undefined}
        acceptedMs={traffic.acceptedMs}
      />
      <div className="columns">
        <div className="stack">
          <OrderCard
            {...{ api, phase, order, handle, job, error }}
            cancel={shown.cancel}
            redrive={shown.redrive}
            sendAgain={placement.sendAgain}
            tokenUrl={local && `${location.origin}/_local/token`}
            back={isOwn ? undefined : () => watch(undefined)}
          />
          {local && <ProofRow {...{ proof, broken, traffic }} />}
        </div>
        <div className="stack">
          {local && (
            <BreakIt
              {...{ local, job: isOwn ? job : undefined, place }}
              onBroken={(name) => setBroken((before) => [...before, name])}
            />
          )}
          <PlaceOrder
            place={place}
            error={isOwn && !job ? error : undefined}
            isBusy={phase === 'submitting'}
          />
        </div>
      </div>
      <div className="columns even">
        <History
          onWatch={watch}
          shownId={job?.jobId}
          ended={job && isTerminal(job) ? job.jobId : undefined}
        />
        <StatusDocumentPanel versions={versions} />
      </div>
    </>
  );
}
