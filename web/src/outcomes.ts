import type { OrderRequest } from '@accepted/client';

/** Payment tokens of the sandbox, in the order in which the page offers them. */
export const outcomes = ['tok_slow', 'tok_visa', 'tok_flaky', 'tok_declined'] as const;

/** A small order that ends as its payment token says. */
export const orderFor = (token: string): OrderRequest => ({
  email: 'ada@example.com',
  currency: 'EUR',
  items: [{ sku: 'book-1', quantity: 2, unitPrice: 1999 }],
  payment: { token },
});
