import { describe, expect, it } from '@jest/globals';
import { needing } from './support/needing.ts';
import { anOrder, anOwner, apiUrl, isTerminal, local } from './support/orders-api.ts';

interface Ledger {
  readonly charges: readonly { jobId: string; amount: number; currency: string; at: string }[];
}

interface Inbox {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

describe('an order', () => {
  it('is accepted at once, worked stage by stage, and becomes an order record', async () => {
    const api = await anOwner();

    const accepted = await api.submit({ reference: 'my-own-17' });

    expect(accepted.status).toBe(202);
    const { jobId, statusUrl } = accepted.body;
    expect(accepted.body.status).toBe('queued');
    expect(new URL(statusUrl, apiUrl).href).toBe(`${apiUrl}/orders/status/${jobId}`);
    expect(accepted.headers.get('location')).toBe(statusUrl);
    expect(Number(accepted.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Date.parse(accepted.body.estimatedCompletion ?? '')).toBeGreaterThan(0);

    const completed = await api.ending(jobId);
    // One version for the accepted order, one for the beginning of each stage, and one for the end.
    const version = completed.steps.length + 2;
    expect(completed).toMatchObject({ status: 'completed', progress: 100, version });
    expect(completed.steps.length).toBeGreaterThan(0);
    expect(completed.steps.every(({ status }) => status === 'completed')).toBe(true);
    expect(completed.steps.every(({ attempts }) => attempts === undefined)).toBe(true);
    expect(completed.estimatedCompletion).toBeUndefined();

    const order = await api.order(completed.result?.orderUrl ?? '');
    expect(order.status).toBe(200);
    expect(order.body).toMatchObject({
      orderId: completed.result?.orderId,
      jobId,
      email: anOrder().email,
      total: 3998,
      reference: 'my-own-17',
    });
    expect(JSON.stringify(order.body)).not.toContain('tok_visa');
  });

  it('shows its stages in order while it is worked, with progress that never falls', async () => {
    const api = await anOwner();

    const { body } = await api.submit({ payment: { token: 'tok_slow' } });
    const seen = await api.until(body.jobId, isTerminal);

    expect(seen.at(-1)?.status).toBe('completed');
    const paying = seen.find(({ stage }) => stage === 'payment');
    const { steps = [] } = paying ?? {};
    const before = steps.findIndex(({ name }) => name === 'payment');
    expect(paying).toMatchObject({
      status: 'processing',
      progress: Math.round((before / steps.length) * 100),
    });
    expect(steps.map(({ status }) => status)).toEqual(
      steps.map((_, i) => (i < before ? 'completed' : i === before ? 'in-progress' : 'pending')),
    );
    expect(paying?.estimatedCompletion).toBeDefined();
    const progress = seen.map((status) => status.progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  it('ends failed, without a retry and without an order, when the card is declined', async () => {
    const api = await anOwner();

    const { body } = await api.submit({ payment: { token: 'tok_declined' } });
    const failed = await api.ending(body.jobId);

    expect(failed).toMatchObject({
      status: 'failed',
      stage: 'payment',
      error: { code: 'card_declined', stage: 'payment', redrivable: false },
    });
    expect(failed.result).toBeUndefined();
    const payment = failed.steps.findIndex(({ name }) => name === 'payment');
    expect(failed.steps[payment]).toMatchObject({ status: 'failed' });
    expect(failed.steps[payment]?.attempts).toBeUndefined();
    expect(failed.steps.slice(0, payment).every(({ status }) => status === 'completed')).toBe(true);
    expect(failed.steps.slice(payment + 1).every(({ status }) => status === 'skipped')).toBe(true);
    expect((await api.order(`${apiUrl}/orders/ord_${body.jobId}`)).status).toBe(404);
  });

  it('ends failed when the provider does not know the token', async () => {
    const api = await anOwner();

    const { body } = await api.submit({ payment: { token: 'tok_of_nobody' } });

    expect((await api.ending(body.jobId)).error).toMatchObject({ code: 'invalid_token', stage: 'payment' });
  });

  it('survives a payment gateway that fails twice, and shows the attempts', async () => {
    const api = await anOwner();

    const { body } = await api.submit({ payment: { token: 'tok_flaky' } });
    const completed = await api.ending(body.jobId);

    expect(completed.status).toBe('completed');
    const payment = completed.steps.find(({ name }) => name === 'payment');
    expect(payment).toMatchObject({ status: 'completed', attempts: 3 });
  });
});

describe('the status of an order', () => {
  it('answers 304 while nothing changed, and another ETag at completion', async () => {
    const api = await anOwner();
    const { body } = await api.submit({ payment: { token: 'tok_slow' } });
    await api.until(body.jobId, ({ stage }) => stage === 'payment');

    const first = await api.status(body.jobId);
    const etag = first.headers.get('etag') ?? '';
    const again = await api.status(body.jobId, { 'if-none-match': etag });
    expect(again.status).toBe(304);
    expect(again.body).toBeUndefined();
    expect(again.headers.get('etag')).toBe(etag);
    expect(first.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);

    await api.ending(body.jobId);
    const done = await api.status(body.jobId, { 'if-none-match': etag });
    expect(done.status).toBe(200);
    expect(done.headers.get('etag')).not.toBe(etag);
    expect(done.headers.has('retry-after')).toBe(false);
  });

  it('never tells what the client sent', async () => {
    const api = await anOwner();
    const { body } = await api.submit({
      email: 'success+grace@simulator.amazonses.com',
      reference: 'hush-hush',
    });

    const text = JSON.stringify(await api.ending(body.jobId));

    for (const secret of ['success+grace', 'hush-hush', 'tok_visa', 'book-1', api.owner]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('the history', () => {
  it("lists the owner's jobs, newest first, page by page", async () => {
    const api = await anOwner();
    const jobIds: string[] = [];
    for (let i = 0; i < 5; i++) jobIds.unshift((await api.submit()).body.jobId);
    for (const jobId of jobIds) await api.ending(jobId);

    const first = await api.jobs('?limit=3');
    const second = await api.jobs(`?limit=2&cursor=${first.body.nextCursor}`);

    expect([...first.body.items, ...second.body.items].map(({ jobId }) => jobId)).toEqual(jobIds);
  });

  it('filters by status', async () => {
    const api = await anOwner();
    const good = (await api.submit()).body.jobId;
    const bad = (await api.submit({ payment: { token: 'tok_declined' } })).body.jobId;
    await api.ending(good);
    await api.ending(bad);

    const found = async (status: string) =>
      (await api.jobs(`?status=${status}`)).body.items
        .map(({ jobId }) => jobId)
        .filter((jobId) => [good, bad].includes(jobId));
    expect(await found('failed')).toEqual([bad]);
    expect(await found('completed')).toEqual([good]);
    expect(await found('queued')).toEqual([]);
  });

  it.each(['?limit=0', '?limit=101', '?limit=x', '?status=done', '?cursor=abc', '?page=2'])(
    'refuses %s',
    async (query) => {
      const api = await anOwner();

      const { status, body } = await api.jobs(query);

      expect(status).toBe(422);
      expect(body).toMatchObject({
        code: 'invalid_fields',
        errors: [{ pointer: expect.stringMatching(/^\//) }],
      });
    },
  );
});

needing('an owner without a past')('the history of a new owner', () => {
  it('is empty at first, and ends with the oldest job', async () => {
    const api = await anOwner();
    expect((await api.jobs()).body).toEqual({ items: [] });
    const oldest = (await api.submit()).body.jobId;
    await api.submit();

    const first = await api.jobs('?limit=1');
    const second = await api.jobs(`?limit=2&cursor=${first.body.nextCursor}`);

    expect(second.body.items.map(({ jobId }) => jobId)).toEqual([oldest]);
    expect(second.body.nextCursor).toBeUndefined();
  });
});

needing('the control routes of a local cloud')('an order, in the ledger and the mailbox', () => {
  it('is charged once and confirmed by e-mail once', async () => {
    const api = await anOwner();
    const email = `${api.owner}@example.com`;

    const { body } = await api.submit({ email });
    const { result } = await api.ending(body.jobId);

    const { charges } = await local<Ledger>('ledger');
    expect(charges.filter(({ jobId }) => jobId === body.jobId)).toMatchObject([
      { amount: 3998, currency: 'EUR' },
    ]);
    const inbox = await local<Inbox[]>('inbox');
    const mails = inbox.filter(({ to }) => to.includes(email));
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain(result?.orderId);
    expect(mails[0]?.text).toContain('39.98');
  });

  it('takes an internationalised domain as it is written, and mails to its ASCII form', async () => {
    const api = await anOwner();

    const { body } = await api.submit({ email: `${api.owner}@BÜCHER。example` });
    const { result } = await api.ending(body.jobId);

    const order = await api.order(result?.orderUrl ?? '');
    expect(order.body.email).toBe(`${api.owner}@BÜCHER。example`);
    const inbox = await local<Inbox[]>('inbox');
    const mails = inbox.filter(({ subject }) => subject.includes(result?.orderId ?? 'none'));
    expect(mails).toMatchObject([{ to: [`${api.owner}@xn--bcher-kva.example`] }]);
  });

  it('is not charged when the card is declined', async () => {
    const api = await anOwner();

    const { body } = await api.submit({ payment: { token: 'tok_declined' } });
    await api.ending(body.jobId);

    const { charges } = await local<Ledger>('ledger');
    expect(charges.some(({ jobId }) => jobId === body.jobId)).toBe(false);
  });
});
