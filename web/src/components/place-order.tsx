import type { OrderHandle, OrderRequest, OrdersError } from '@accepted/client';
import { orderFor, outcomes } from '../outcomes.ts';
import { texts } from '../texts.ts';
import { OrderForm } from './order-form.tsx';

/** Orders to place: an outcome at one press, or own values. */
export function PlaceOrder({
  place,
  error,
  isBusy,
}: {
  place(order: OrderRequest): Promise<OrderHandle | undefined>;
  /** Why the API did not take the last order. */
  readonly error: OrdersError | undefined;
  readonly isBusy: boolean;
}) {
  return (
    <section className="card" aria-labelledby="place-heading">
      <h2 id="place-heading">{texts.place.heading}</h2>
      <div className="choices">
        {outcomes.map((token) => {
          const [title, help] = texts.place.outcomes[token] ?? [token, ''];
          return (
            <button
              key={token}
              type="button"
              className="choice"
              data-outcome={token}
              aria-disabled={isBusy}
              onClick={() => isBusy || place(orderFor(token))}
            >
              <b>{title}</b> <span>{help}</span>
            </button>
          );
        })}
      </div>
      <details className="own">
        <summary>{texts.place.own}</summary>
        <OrderForm place={place} error={error} isBusy={isBusy} />
      </details>
    </section>
  );
}
