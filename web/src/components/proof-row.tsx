import type { BreakageName } from '../breakages.ts';
import { formatSmallUsd, formatUsd } from '../format.ts';
import type { Traffic } from '../meter.ts';
import { texts } from '../texts.ts';
import type { Proof } from '../use-proof.ts';

/** What the order left behind, counted where it was left. */
export function ProofRow({
  proof,
  broken,
  traffic,
}: {
  readonly proof: Proof | undefined;
  /** What was done to the order, oldest first. */
  readonly broken: readonly BreakageName[];
  readonly traffic: Traffic;
}) {
  const { spending } = proof ?? {};
  const orders = Math.max(1, spending?.orders ?? 1);
  const usd = spending && spending.usd / orders;
  const what = [...new Set(broken)].map((name) => texts.breakIt.done[name]).join(', ');

  return (
    <section className="card proof" aria-labelledby="proof-heading">
      <header>
        <h2 id="proof-heading">{texts.proof.heading}</h2>
        <p className="muted">{what ? texts.proof.despite(what) : texts.proof.intact}</p>
      </header>
      <dl>
        {(['charges', 'orders', 'mails', 'jobs'] as const).map((name) => (
          <Figure
            key={name}
            name={name}
            value={proof?.[name]}
            refunds={name === 'charges' ? proof?.refunds : 0}
            isEffect
          />
        ))}
        <Figure name="reads" value={traffic.reads} />
        <Figure name="pushes" value={traffic.pushes} />
        <Figure name="price" value={usd === undefined ? undefined : formatSmallUsd(usd)} />
        <Figure name="perMillion" value={usd === undefined ? undefined : formatUsd(usd * 1e6)} />
      </dl>
      <p className="muted note">
        {texts.proof.note} {orders > 1 && texts.proof.shared(orders)}
      </p>
    </section>
  );
}

type FigureName = 'charges' | 'orders' | 'mails' | 'jobs' | 'reads' | 'pushes' | 'price' | 'perMillion';

function Figure({
  name,
  value,
  refunds = 0,
  isEffect = false,
}: {
  readonly name: FigureName;
  readonly value: number | string | undefined;
  readonly refunds?: number | undefined;
  readonly isEffect?: boolean;
}) {
  return (
    <div className={`figure ${isEffect ? 'figure-effect' : ''}`} data-figure={name}>
      <dt>
        {texts.proof[name]}
        {refunds > 0 && `, ${texts.proof.refunded(refunds)}`}
      </dt>
      <dd>
        {value ?? (
          <>
            <span aria-hidden="true">–</span>
            <span className="visually-hidden">{texts.proof.unmeasured}</span>
          </>
        )}
      </dd>
    </div>
  );
}
