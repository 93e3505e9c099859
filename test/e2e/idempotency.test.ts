import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { needing } from './support/needing.ts';
import { anOrder, anOwner, anotherOwner, local } from './support/orders-api.ts';

const under = (key: string) => ({ 'idempotency-key': key });

describe('an idempotency key', () => {
  it('makes one job of fifty posts at once', async () => {
    const api = await anOwner();
    const newJobs = await api.newJobs();
    const key = randomUUID();

    const answers = await Promise.all(Array.from({ length: 50 }, () => api.submit({}, under(key))));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.jobId)).size).toBe(1);
    expect(new Set(answers.map(({ body }) => body.updatesUrl)).size).toBe(1);
    expect(answers.filter(({ headers }) => !headers.has('idempotency-replayed'))).toHaveLength(1);
    const { jobId = '' } = answers[0]?.body ?? {};
    await api.ending(jobId);
    expect(await newJobs()).toEqual([jobId]);
  });

  it('gives the same job again, says so, and shows its present status', async () => {
    const api = await anOwner();
    const key = randomUUID();
    const first = await api.submit({}, under(key));
    await api.ending(first.body.jobId);

    const again = await api.submit({}, under(key));

    expect(first.headers.has('idempotency-replayed')).toBe(false);
    expect(again.status).toBe(202);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toMatchObject({ jobId: first.body.jobId, status: 'completed' });
  });

  it('does not care how the same order is written', async () => {
    const api = await anOwner();
    const key = randomUUID();
    const order = anOrder();

    const first = await api.post<{ jobId: string }>(JSON.stringify(order), under(key));
    const turned = Object.fromEntries(Object.entries(order).reverse());
    const again = await api.post<{ jobId: string }>(JSON.stringify(turned, null, 4), under(key));

    expect(again.body.jobId).toBe(first.body.jobId);
  });

  it('is refused for another order', async () => {
    const api = await anOwner();
    const newJobs = await api.newJobs();
    const key = randomUUID();
    const { jobId } = (await api.submit({}, under(key))).body;

    const other = await api.submit({ reference: 'another' }, under(key));

    expect(other.status).toBe(422);
    expect(other.body).toMatchObject({ code: 'idempotency_key_reused' });
    await api.ending(jobId);
    expect(await newJobs()).toEqual([jobId]);
  });

  it('is not used up by a refused order', async () => {
    const api = await anOwner();
    const key = randomUUID();

    expect((await api.submit({ email: 'nobody' }, under(key))).status).toBe(422);

    expect((await api.submit({}, under(key))).status).toBe(202);
  });

  it.each([
    ['empty', ''],
    ['too long', 'k'.repeat(256)],
    ['not ASCII', 'schlüssel'],
  ])('is refused when it is %s', async (_, key) => {
    const api = await anOwner();
    const newJobs = await api.newJobs();

    const { status, body } = await api.submit({}, under(key));

    expect(status).toBe(422);
    expect(body).toMatchObject({ errors: [{ pointer: 'Idempotency-Key' }] });
    expect(await newJobs()).toEqual([]);
  });
});

needing('a second owner (--other-token)')('an idempotency key of two owners', () => {
  it('makes a job of each', async () => {
    const key = randomUUID();
    const [ada, grace] = [await anOwner(), await anotherOwner()];

    const [hers, theirs] = [await ada.submit({}, under(key)), await grace.submit({}, under(key))];

    expect(theirs.status).toBe(202);
    expect(theirs.body.jobId).not.toBe(hers.body.jobId);
  });
});

needing('the control routes of a local cloud')('an idempotency key, in the ledger', () => {
  it('charges once for fifty posts at once', async () => {
    const api = await anOwner();
    const key = randomUUID();

    const answers = await Promise.all(Array.from({ length: 50 }, () => api.submit({}, under(key))));

    const { jobId = '' } = answers[0]?.body ?? {};
    await api.ending(jobId);
    const { charges } = await local<{ charges: { jobId: string }[] }>('ledger');
    expect(charges.filter((charge) => charge.jobId === jobId)).toHaveLength(1);
  });
});
