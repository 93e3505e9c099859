import { isTerminal, type OrderHandle, type OrderRequest, type StatusDocument } from '@accepted/client';
import { useState } from 'react';
import { type Breakage, type BreakageName, breakages } from '../breakages.ts';
import type { LocalCloud } from '../local-cloud.ts';
import { orderFor } from '../outcomes.ts';
import { texts } from '../texts.ts';

/** Faults to inject into the order that is running, or into one that is placed for it. */
export function BreakIt({
  local,
  job,
  place,
  onBroken,
}: {
  readonly local: LocalCloud;
  /** The order of this tab. */
  readonly job: StatusDocument | undefined;
  place(order: OrderRequest): Promise<OrderHandle | undefined>;
  onBroken(name: BreakageName): void;
}) {
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);

  async function breakIt({ name, fault, needs }: Breakage): Promise<void> {
    setBusy(true);
    setError('');
    try {
      const isNew = !isStruckBy(needs, job);
      // A fault that meets the order on its way must be there before it.
      if (fault && needs !== 'running-order') await local.addFault(fault);
      if (isNew) await place(orderFor('tok_slow'));
      if (fault && needs === 'running-order') await local.addFault(fault);
      if (!fault) await local.restart();
      onBroken(name);
    } catch (problem) {
      setError(texts.actions.failed((problem as Error).message));
    } finally {
      setBusy(false);
    }
  }

  return (
    <section className="card" aria-labelledby="break-heading">
      <h2 id="break-heading">{texts.breakIt.heading}</h2>
      <p className="muted">{texts.breakIt.lead}</p>
      <div className="choices">
        {breakages.map((breakage) => {
          const [title, help] = texts.breakIt[breakage.name];
          return (
            <button
              key={breakage.name}
              type="button"
              className="choice"
              data-breakage={breakage.name}
              aria-disabled={isBusy}
              onClick={() => isBusy || breakIt(breakage)}
            >
              <b>{title}</b> <span>{help}</span>
            </button>
          );
        })}
      </div>
      <p className="message" role="alert">
        {error}
      </p>
    </section>
  );
}

/** Whether a job as it stands would still meet the fault. */
function isStruckBy(needs: Breakage['needs'], job: StatusDocument | undefined): boolean {
  if (needs === 'new-order' || !job || isTerminal(job)) return false;
  const isPaid = job.steps.some(
    ({ name, status }) => name === 'payment' && status !== 'pending' && status !== 'in-progress',
  );
  return needs === 'running-order' || !isPaid;
}
