import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { orderDocument, submitOrder } from '../../../../domain/order/order.ts';
import { fieldErrors } from '../../../../domain/protocol/field-errors.ts';
import { exampleOrder, OrderRequest, orderTotal } from '../../../../domain/protocol/order-request.ts';
import { anOrder, anOrderRecord, jobId, now, orderId, owner } from '../../../support/builders.ts';

/** Pointers of the refused fields, in the order in which they are reported. */
function refused(body: unknown): string[] {
  const parsed = z.safeParse(OrderRequest, body);
  return parsed.success ? [] : fieldErrors(parsed.error.issues).map((error) => error.pointer);
}

const item = { sku: 'book-1', quantity: 2, unitPrice: 1999 };
const { email: _, ...orderWithoutEmail } = exampleOrder;
const panNumber = 4242424242424242;
const pan = String(panNumber);

describe('an order', () => {
  it.each([
    ['the example', exampleOrder],
    ['an order with a reference', anOrder({ reference: 'PO 2026/17' })],
    ['an order with a callback', anOrder({ callbackUrl: 'https://shop.example.com/hook?order=1' })],
    ['a callback at a port', anOrder({ callbackUrl: 'https://shop.example.com:8443?a=@b' })],
    ['an e-mail with signs', anOrder({ email: 'a!b@example.com' })],
    ['an e-mail of a gateway', anOrder({ email: 'a/b=c@x.co' })],
    ['an e-mail with an apostrophe and a tag', anOrder({ email: "o'neil+shop@mail.example.co.uk" })],
    ['the longest local part', anOrder({ email: `${'a'.repeat(64)}@example.com` })],
    ['an internationalised domain', anOrder({ email: 'ada@BÜCHER。example' })],
    ['an internationalised domain in its ASCII form', anOrder({ email: 'ada@xn--80ak6aa92e.xn--p1ai' })],
    ['the longest sku', anOrder({ items: [{ ...item, sku: 'x'.repeat(64) }] })],
    ['the longest reference', anOrder({ reference: 'x'.repeat(128) })],
    ['a sku in another script', anOrder({ items: [{ ...item, sku: '本 １号 – “é”' }] })],
    ['an article number (EAN) as sku', anOrder({ items: [{ ...item, sku: '4006381333931' }] })],
    ['a new currency', anOrder({ currency: 'XCG' })],
    ['a free item', anOrder({ items: [{ ...item, unitPrice: 0 }] })],
    ['100 items', anOrder({ items: Array(100).fill(item) })],
    ['an emoji', anOrder({ reference: '📚' })],
    ['the largest safe total', anOrder({ items: [{ ...item, quantity: 1, unitPrice: 2 ** 53 - 1 }] })],
  ])('is taken: %s', (_, order) => {
    expect(refused(order)).toEqual([]);
  });
});

describe('refuses, and points to the field,', () => {
  it.each<[string, unknown, string[]]>([
    ['a body that is no object', [], ['']],
    ['null', null, ['']],
    ['a missing field', orderWithoutEmail, ['/email']],
    ['an unknown field', { ...anOrder(), colour: 'red' }, ['/colour']],
    ['two unknown fields', { ...anOrder(), a: 1, b: 2 }, ['/a', '/b']],
    ['an unknown field whose name needs escapes', { ...anOrder(), 'a/b~c': 1 }, ['/a~1b~0c']],
    [
      'an unknown field of an item',
      anOrder({ items: [{ ...item, colour: 1 } as never] }),
      ['/items/0/colour'],
    ],
    [
      'an unknown field of the payment',
      anOrder({ payment: { token: 't', cvc: '1' } as never }),
      ['/payment/cvc'],
    ],
    ['an e-mail that is none', anOrder({ email: 'ada' }), ['/email']],
    ['an e-mail that is too long', anOrder({ email: `${'a'.repeat(250)}@example.com` }), ['/email']],
    ['a local part that is too long', anOrder({ email: `${'a'.repeat(65)}@example.com` }), ['/email']],
    ['a local part with two dots', anOrder({ email: 'a..b@example.com' }), ['/email']],
    ['an e-mail with a space', anOrder({ email: 'a b@example.com' }), ['/email']],
    ['an e-mail with a line break', anOrder({ email: 'a@example.com\n' }), ['/email']],
    ['two e-mails', anOrder({ email: 'a@example.com,b@example.com' }), ['/email']],
    ['a domain with a loose hyphen', anOrder({ email: 'a@example-.com' }), ['/email']],
    ['a local part that is not ASCII', anOrder({ email: 'bücher@example.com' }), ['/email']],
    ['a currency in lower case', anOrder({ currency: 'eur' }), ['/currency']],
    ['an unknown currency', anOrder({ currency: 'ABC' }), ['/currency']],
    ['a withdrawn currency', anOrder({ currency: 'DEM' }), ['/currency']],
    ['no items', anOrder({ items: [] }), ['/items']],
    ['101 items', anOrder({ items: Array(101).fill(item) }), ['/items']],
    ['items that are no array', anOrder({ items: item as never }), ['/items']],
    ['an empty sku', anOrder({ items: [item, { ...item, sku: '' }] }), ['/items/1/sku']],
    ['a quantity of 0', anOrder({ items: [{ ...item, quantity: 0 }] }), ['/items/0/quantity']],
    ['a quantity of −1', anOrder({ items: [{ ...item, quantity: -1 }] }), ['/items/0/quantity']],
    ['half a piece', anOrder({ items: [{ ...item, quantity: 0.5 }] }), ['/items/0/quantity']],
    ['a quantity as text', anOrder({ items: [{ ...item, quantity: '2' as never }] }), ['/items/0/quantity']],
    ['a negative price', anOrder({ items: [{ ...item, unitPrice: -1 }] }), ['/items/0/unitPrice']],
    ['a fractional price', anOrder({ items: [{ ...item, unitPrice: 19.99 }] }), ['/items/0/unitPrice']],
    [
      'a price beyond a safe integer',
      anOrder({ items: [{ ...item, unitPrice: 2 ** 53 }] }),
      ['/items/0/unitPrice', '/items'],
    ],
    ['a total beyond a safe integer', anOrder({ items: [{ ...item, unitPrice: 2 ** 53 - 1 }] }), ['/items']],
    ['a sku that is too long', anOrder({ items: [{ ...item, sku: 'x'.repeat(65) }] }), ['/items/0/sku']],
    ['an empty token', anOrder({ payment: { token: '' } }), ['/payment/token']],
    ['an empty reference', anOrder({ reference: '' }), ['/reference']],
    ['a reference that is too long', anOrder({ reference: 'x'.repeat(129) }), ['/reference']],
    ['a callback over http', anOrder({ callbackUrl: 'http://example.com' }), ['/callbackUrl']],
    ['a callback that is no URL', anOrder({ callbackUrl: 'example.com' }), ['/callbackUrl']],
    ['an empty callback', anOrder({ callbackUrl: '' }), ['/callbackUrl']],
    ['a callback behind a space', anOrder({ callbackUrl: ' https://example.com' }), ['/callbackUrl']],
    ['a callback before a line break', anOrder({ callbackUrl: 'https://example.com\n' }), ['/callbackUrl']],
    ['a callback around a line break', anOrder({ callbackUrl: 'https://exam\nple.com' }), ['/callbackUrl']],
    ['a callback before a control', anOrder({ callbackUrl: 'https://example.com\u0001' }), ['/callbackUrl']],
    ['a callback without slashes', anOrder({ callbackUrl: 'https:e.co' }), ['/callbackUrl']],
    ['a callback with three slashes', anOrder({ callbackUrl: 'https:///e.co' }), ['/callbackUrl']],
    ['a callback with backslashes', anOrder({ callbackUrl: 'https:\\\\e.co' }), ['/callbackUrl']],
    ['a callback at port 0', anOrder({ callbackUrl: 'https://example.com:0/' }), ['/callbackUrl']],
    [
      'a callback with an empty fragment',
      anOrder({ callbackUrl: 'https://example.com/#' }),
      ['/callbackUrl'],
    ],
    ['a callback with an empty user', anOrder({ callbackUrl: 'https://@example.com' }), ['/callbackUrl']],
    ['a callback with a password', anOrder({ callbackUrl: 'https://a:b@example.com' }), ['/callbackUrl']],
    ['a callback with a fragment', anOrder({ callbackUrl: 'https://example.com/#x' }), ['/callbackUrl']],
    ['a lone surrogate', anOrder({ reference: 'x\ud800y' }), ['/reference']],
    ['a card number as token', anOrder({ payment: { token: pan } }), ['/payment/token']],
    ['a card number as reference', anOrder({ reference: `card ${pan}` }), ['/reference']],
    ['a card number as sku', anOrder({ items: [{ ...item, sku: pan }] }), ['/items/0/sku']],
    ['a card number in the e-mail', anOrder({ email: `${pan}@example.com` }), ['/email']],
    ['a card number in the callback', anOrder({ callbackUrl: `https://a.example/${pan}` }), ['/callbackUrl']],
    [
      'a card number as price',
      anOrder({ items: [{ ...item, quantity: 1, unitPrice: panNumber }] }),
      ['/items/0/unitPrice'],
    ],
    [
      'a card number as quantity',
      anOrder({ items: [{ ...item, quantity: panNumber, unitPrice: 0 }] }),
      ['/items/0/quantity'],
    ],
    [
      'every bad field at once',
      anOrder({ email: 'x', currency: 'x', reference: '' }),
      ['/email', '/currency', '/reference'],
    ],
  ])('%s', (_, body, pointers) => {
    expect(refused(body)).toEqual(pointers);
  });

  it.each([
    ['a line break', '\n'],
    ['a null', '\0'],
    ['a next line', '\u0085'],
    ['a line separator', '\u2028'],
    ['an override of the direction', '\u202e'],
    ['an invisible space', '\u200b'],
  ])('%s in any text of the client', (_, character) => {
    const written = `a${character}b`;

    const pointers = refused(
      anOrder({
        email: `ada@${written}.example`,
        items: [{ ...item, sku: written }],
        payment: { token: written },
        reference: written,
        callbackUrl: `https://example.com/${written}`,
      }),
    );

    expect([...new Set(pointers)]).toEqual([
      '/email',
      '/items/0/sku',
      '/payment/token',
      '/reference',
      '/callbackUrl',
    ]);
  });

  it.each([
    ['bücher@example.com', 'Must have only ASCII characters before the @; the domain may have others.'],
    ['ada', 'Must be an e-mail address.'],
  ])('an e-mail address with a clear sentence: %s', (email, detail) => {
    const parsed = z.safeParse(OrderRequest, anOrder({ email }));

    expect(fieldErrors(parsed.error?.issues ?? [])).toEqual([{ pointer: '/email', detail }]);
  });

  it.each([
    ['a number that overflows', '"unitPrice":1999', '"unitPrice":1e400', '/items/0/unitPrice'],
    ['an own __proto__', '{"email"', '{"__proto__":{"admin":true},"email"', '/__proto__'],
    ['an own constructor', '{"email"', '{"constructor":1,"email"', '/constructor'],
    ['an escaped lone surrogate', '"sku":"book-1"', '"sku":"\\udc00"', '/items/0/sku'],
  ])('%s, read from JSON', (_, found, replaced, pointer) => {
    const json = JSON.stringify(exampleOrder).replace(found, replaced);

    expect(refused(JSON.parse(json))).toEqual([pointer]);
  });

  it('without repeating the value that was refused', () => {
    const parsed = z.safeParse(
      OrderRequest,
      anOrder({ payment: { token: pan }, reference: 's'.repeat(999) }),
    );

    expect(JSON.stringify(fieldErrors(parsed.error?.issues ?? []))).not.toMatch(/4242|sss/);
  });
});

describe('the total', () => {
  it('sums quantity times price', () => {
    expect(orderTotal({ items: [item, { sku: 'pen', quantity: 3, unitPrice: 150 }] })).toBe(4448);
  });
});

describe('the record of a submission', () => {
  it('holds the order, its total and its ids, but is no order yet', () => {
    const record = submitOrder(anOrder({ reference: 'PO 17' }), { orderId, jobId, owner }, now);

    expect(record).toEqual({
      orderId,
      jobId,
      owner,
      email: 'ada@example.com',
      currency: 'EUR',
      items: [item],
      total: 3998,
      paymentToken: 'tok_visa',
      reference: 'PO 17',
      submittedAt: now.toISOString(),
    });
    expect(orderDocument(record)).toBeUndefined();
  });
});

describe('the document of an order', () => {
  it('leaves out private fields that are added to the order or to an item', () => {
    const order = anOrderRecord({ createdAt: now.toISOString() });
    const items = order.items.map((line) => ({ ...line, cost: 's3cret' }));

    const document = orderDocument({ ...order, items, note: 's3cret' } as typeof order);

    expect(document).toEqual(orderDocument(order));
  });

  it('shows the e-mail address as the client wrote it', () => {
    const order = submitOrder(anOrder({ email: 'ada@BÜCHER。example' }), { orderId, jobId, owner }, now);

    expect(orderDocument({ ...order, createdAt: now.toISOString() })?.email).toBe('ada@BÜCHER。example');
  });

  it('shows neither owner nor token nor callback', () => {
    const order = anOrderRecord({ createdAt: now.toISOString(), callbackUrl: 'https://example.com' });

    expect(orderDocument(order)).toEqual({
      orderId,
      jobId,
      email: 'ada@example.com',
      currency: 'EUR',
      items: [item],
      total: 3998,
      createdAt: now.toISOString(),
    });
  });
});
