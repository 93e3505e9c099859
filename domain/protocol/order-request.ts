import * as z from 'zod/mini';

import { holdsCardNumber } from './card-number.ts';
import { isCurrencyInUse } from './currency-in-use.ts';
import { asciiEmailAddress, hasAsciiLocalPart } from './email-address.ts';
import { isPlainText } from './plain-text.ts';

/** One line of visible text that DynamoDB and JSON store unchanged, without a card number. */
const text = (maxLength: number) =>
  z
    .string()
    .check(
      z.minLength(1, { error: 'Must not be empty.', abort: true }),
      z.maxLength(maxLength, { error: `Must have at most ${maxLength} characters.`, abort: true }),
      plainText,
      withoutCardNumber,
      z.describe('One line of visible characters, without a card number.'),
    );

const plainText = z.refine<string>(isPlainText, {
  error: 'Must be one line of visible characters, without control, format and direction characters.',
  abort: true,
});

const cardNumberRefused = 'Must not contain a card number; send a payment token instead.';
const withoutCardNumber = z.refine<string>((value) => !holdsCardNumber(value), cardNumberRefused);

const integer = (minimum: number) =>
  z.int('Must be a whole number.').check(
    z.gte(minimum, `Must be at least ${minimum}.`),
    z.refine((value: number) => !holdsCardNumber(String(value)), cardNumberRefused),
  );

/** One line of an order. `unitPrice` is in the currency's minor unit. */
export const OrderItem = z.strictObject({
  // GS1 allows 30 characters for a product number, SAP and Amazon 40.
  sku: text(64),
  quantity: integer(1),
  unitPrice: integer(0),
});
export type OrderItem = z.infer<typeof OrderItem>;

/** Body of `POST /api/orders`. Unknown fields are refused, so that a misspelt option is not silently ignored. */
export const OrderRequest = z
  .strictObject({
    email: z.string().check(
      z.maxLength(254, { error: 'Must have at most 254 characters.', abort: true }),
      z.refine(hasAsciiLocalPart, {
        error: 'Must have only ASCII characters before the @; the domain may have others.',
        abort: true,
      }),
      z.refine((value: string) => asciiEmailAddress(value) !== undefined, {
        error: 'Must be an e-mail address.',
        abort: true,
      }),
      withoutCardNumber,
      z.meta({
        format: 'idn-email',
        description: 'ASCII before the @; the domain may be internationalised.',
      }),
    ),
    currency: z
      .string()
      .check(
        z.regex(/^[A-Z]{3}$/, { error: 'Must be an ISO 4217 code such as EUR.', abort: true }),
        z.refine(isCurrencyInUse, 'Must be the ISO 4217 code of a currency in use, such as EUR.'),
        z.describe('ISO 4217 code of a currency in use.'),
      ),
    items: z
      .array(OrderItem)
      .check(
        z.minLength(1, 'Must have at least one item.'),
        z.maxLength(100, 'Must have at most 100 items.'),
      ),
    payment: z.strictObject({ token: text(255) }),
    reference: z.optional(text(128)),
    callbackUrl: z.optional(
      text(2048).check(
        z.refine(isHttpsUrl, 'Must be an https URL without a user name, password or fragment.'),
      ),
    ),
  })
  .check(
    z.refine((order) => Number.isSafeInteger(orderTotal(order)), {
      error: 'The total must be a safe integer.',
      path: ['items'],
    }),
  );

export type OrderRequest = z.infer<typeof OrderRequest>;

/** The schema of a deployment that calls only these ports. */
export const orderRequestFor = (ports: readonly number[]) =>
  OrderRequest.check(
    z.refine(({ callbackUrl }) => isPortOf(ports, callbackUrl), {
      error: `Must name no port other than ${ports.join(', ')}; 443 is the default of https.`,
      path: ['callbackUrl'],
    }),
  );

/** Whether an https URL names one of the ports; true for what is no URL, which the schema refuses by itself. */
function isPortOf(ports: readonly number[], value = ''): boolean {
  const url = URL.parse(value);
  return url === null || ports.includes(Number(url.port || 443));
}

/** A valid order for documents and first steps. */
export const exampleOrder: OrderRequest = {
  email: 'ada@example.com',
  currency: 'EUR',
  items: [{ sku: 'book-1', quantity: 2, unitPrice: 1999 }],
  payment: { token: 'tok_visa' },
};

/** Sum of quantity × unit price, in the currency's minor unit. */
export function orderTotal(order: { readonly items: readonly OrderItem[] }): number {
  return order.items.reduce((total, item) => total + item.quantity * item.unitPrice, 0);
}

/** Refuses what the WHATWG parser would silently repair: spaces, a missing `//`, backslashes, an empty fragment. */
const httpsUrl = /^https:\/\/[^\s\p{Cc}\\/?#@]+(?:[/?][^\s\p{Cc}\\#]*)?$/iu;

function isHttpsUrl(value: string): boolean {
  const url = httpsUrl.test(value) ? URL.parse(value) : null;
  return url !== null && url.port !== '0';
}
