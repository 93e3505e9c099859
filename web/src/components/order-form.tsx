import type { OrderHandle, OrderRequest, OrdersError } from '@accepted/client';
import { type FormEvent, useEffect, useRef } from 'react';
import { minorUnits } from '../format.ts';
import { texts } from '../texts.ts';

/** The form's fields: their texts, what they hold at first, and where the API's answer points to. */
const fields = [
  { name: 'email', value: 'ada@example.com', pointer: '/email', type: 'email', autoComplete: 'email' },
  { name: 'sku', value: 'book-1', pointer: '/items/0/sku' },
  { name: 'quantity', value: '2', pointer: '/items/0/quantity', inputMode: 'numeric' },
  { name: 'price', value: '19.99', pointer: '/items/0/unitPrice', inputMode: 'decimal' },
  { name: 'currency', value: 'EUR', pointer: '/currency' },
  { name: 'token', value: 'tok_visa', pointer: '/payment/token' },
] as const;

/** An order of own values. The API checks it, and its answer stands at the fields. */
export function OrderForm({
  place,
  error,
  isBusy,
}: {
  place(order: OrderRequest): Promise<OrderHandle | undefined>;
  readonly error: OrdersError | undefined;
  readonly isBusy: boolean;
}) {
  const form = useRef<HTMLFormElement>(null);
  const refusals = error?.name === 'OrderRefusedError' ? (error.problem.errors ?? []) : [];

  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [error]);

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (isBusy) return;
    const values = new FormData(event.currentTarget);
    const text = (name: (typeof fields)[number]['name']) => String(values.get(name));
    place({
      email: text('email'),
      currency: text('currency'),
      items: [
        {
          sku: text('sku'),
          quantity: Number(text('quantity')),
          unitPrice: minorUnits(text('price'), text('currency')),
        },
      ],
      payment: { token: text('token') },
    });
  }

  return (
    <form ref={form} className="form" noValidate onSubmit={submit}>
      {fields.map(({ name, value, pointer, ...input }) => {
        const refusal = refusals.find((each) => each.pointer === pointer)?.detail;
        return (
          <p key={name} className={`field field-${name}`}>
            <label htmlFor={`field-${name}`}>{texts.place[name]}</label>
            <input
              {...input}
              id={`field-${name}`}
              name={name}
              defaultValue={value}
              aria-invalid={refusal !== undefined}
              aria-describedby={`refusal-${name}`}
            />
            <span className="refusal" id={`refusal-${name}`}>
              {refusal}
            </span>
          </p>
        );
      })}
      <button type="submit" className="primary" aria-disabled={isBusy}>
        {texts.place.submit}
      </button>
    </form>
  );
}
