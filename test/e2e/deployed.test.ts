import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { AcceptedOrder, OrderDocument, StatusDocument } from '../../domain/protocol/protocol.ts';
import { createOrdersClient } from '../../packages/client/src/index.ts';
import { anOrder, isTerminal } from './support/orders-api.ts';

/**
 * What a deployed stack can show with nothing but its URL and one access token. The stack must charge through the
 * sandbox. It leaves a few orders of the token's owner behind.
 */
const { E2E_DEPLOYED = '{}' } = process.env;
const { url, token } = JSON.parse(E2E_DEPLOYED) as { url: string; token: string };

const call = (to: string, init: RequestInit = {}) =>
  fetch(new URL(to, url), { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });

const submit = (changes: object = {}, headers: Record<string, string> = {}) =>
  call(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(anOrder(changes)),
  });

const accepted = async (answer: Response): Promise<AcceptedOrder> => {
  expect(answer.status).toBe(202);
  return (await answer.json()) as AcceptedOrder;
};

async function ending(statusUrl: string): Promise<StatusDocument> {
  for (;;) {
    const status = (await (await call(statusUrl)).json()) as StatusDocument;
    if (isTerminal(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe('a deployed stack', () => {
  it('accepts an order, completes it, and shows the order that was made', async () => {
    const { statusUrl } = await accepted(await submit());

    const { status, result } = await ending(statusUrl);
    expect(status).toBe('completed');
    const order = (await (await call(result?.orderUrl ?? '')).json()) as OrderDocument;
    expect(order.orderId).toBe(result?.orderId);
  });

  it('makes one job of an idempotency key', async () => {
    const headers = { 'idempotency-key': randomUUID() };

    const first = await accepted(await submit({}, headers));
    const again = await submit({}, headers);

    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await accepted(again)).jobId).toBe(first.jobId);
  });

  it('fails an order whose card is declined, without a retry', async () => {
    const { statusUrl } = await accepted(await submit({ payment: { token: 'tok_declined' } }));

    expect(await ending(statusUrl)).toMatchObject({
      status: 'failed',
      error: { stage: 'payment', redrivable: false },
    });
  });

  it('answers 304 while nothing changed', async () => {
    const { statusUrl } = await accepted(await submit());
    await ending(statusUrl);

    const etag = (await call(statusUrl)).headers.get('etag') ?? '';
    expect((await call(statusUrl, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  it('pushes every change until the job ends', async () => {
    const client = createOrdersClient({ baseUrl: url.replace(/\/orders$/, ''), token });
    const job = await client.createOrder(anOrder());

    const seen: StatusDocument[] = [];
    for await (const status of job) seen.push(status);

    expect(seen.at(-1)?.status).toBe('completed');
  });

  it('refuses wrong fields, and calls without a token', async () => {
    expect((await submit({ items: [] })).status).toBe(422);
    expect((await fetch(url)).status).toBe(401);
  });
});
