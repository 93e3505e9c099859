import type { Connection } from '@accepted/client';
import { formatMilliseconds } from '../format.ts';
import type { Phase } from '../phase.ts';
import { texts } from '../texts.ts';
import { Icon } from './icon.tsx';

/** The promise, with the milliseconds that it took, and how the page knows. */
export function Hero({
  phase,
  connection,
  acceptedMs,
}: {
  readonly phase: Phase;
  /** Undefined while nothing is watched. */
  readonly connection: Connection | undefined;
  readonly acceptedMs: number | undefined;
}) {
  return (
    <section className="hero">
      <div>
        <h1>{titleOf(phase, acceptedMs)}</h1>
        <p className="lead">{leadOf(phase)}</p>
      </div>
      <p
        className={`badge badge-${connection ?? 'none'}`}
        title={connection && texts.connectionHelp[connection]}
      >
        {connection && (
          <>
            <Icon name={connection} />
            {texts.connection[connection]}
          </>
        )}
      </p>
    </section>
  );
}

function titleOf(phase: Phase, acceptedMs: number | undefined): string {
  if (phase === 'idle') return texts.hero.idle;
  if (phase === 'refused') return texts.hero.refused;
  if (phase === 'submitting' || phase === 'interrupted') return texts.hero.sending;
  return acceptedMs === undefined ? texts.hero.watching : texts.hero.accepted(formatMilliseconds(acceptedMs));
}

function leadOf(phase: Phase): string {
  if (phase === 'idle') return texts.hero.idleLead;
  return phase === 'refused' ? texts.hero.refusedLead : texts.hero.lead;
}
