import { describe, expect, it } from '@jest/globals';
import { DependencyUnavailable, InvalidFields } from '../../../../domain/protocol/errors.ts';
import type { AcceptedOrder } from '../../../../domain/protocol/protocol.ts';
import { type AcceptPorts, createAccept } from '../../../../lambdas/api/accept.ts';
import { createClaim } from '../../../../lambdas/runtime/idempotency.ts';
import {
  aCompletedJob,
  anOrder,
  aRequest,
  jobId,
  later,
  now,
  orderId,
  ticket,
  urls,
} from '../../../support/builders.ts';
import { memoryExecutions } from '../../../support/fake-services.ts';
import { type Calls, memoryJobs, memoryKeys, memoryOrders } from '../../../support/fakes.ts';
import { fourStages } from '../../../support/four-stages.ts';

function setUp(override: Partial<AcceptPorts> = {}) {
  const calls: Calls = [];
  const ids = [jobId, jobId.replace(/1$/, '2')];
  const jobs = memoryJobs([], calls);
  const orders = memoryOrders([], calls);
  const executions = memoryExecutions(calls);
  const accept = createAccept({
    jobs,
    orders,
    executions,
    claim: createClaim({ keys: memoryKeys(calls), retentionDays: 1 }),
    learnedStages: async () => fourStages,
    clock: () => now,
    newId: () => ids.shift() ?? jobId,
    newTicket: () => ticket,
    urls,
    retentionDays: 30,
    webhookPorts: [443, 8443],
    redriveSeconds: 3_600,
    ...override,
  });
  return { accept, calls, jobs, orders, executions };
}

const down = async (): Promise<never> => {
  throw new DependencyUnavailable('down');
};

describe('accepting an order', () => {
  it('answers 202 with the job, where its status is, where it is watched and when it will be done', async () => {
    const { accept } = setUp();

    const response = await accept(aRequest({ body: anOrder() }));

    expect(response).toEqual({
      status: 202,
      headers: { location: `/api/orders/status/${jobId}`, 'retry-after': '3' },
      body: {
        jobId,
        status: 'queued',
        statusUrl: `/api/orders/status/${jobId}`,
        updatesUrl: `${urls.live}?jobId=${jobId}&ticket=${ticket}`,
        estimatedCompletion: later(2_600).toISOString(),
      },
    });
  });

  it('gives URLs below the public base', async () => {
    const base = { api: 'https://api.example.com/v1', live: 'wss://live.example.com/v1' };
    const { accept } = setUp({ urls: base });

    const { headers, body } = await accept(aRequest({ body: anOrder() }));

    const statusUrl = `https://api.example.com/v1/orders/status/${jobId}`;
    const { updatesUrl } = body as AcceptedOrder;
    expect(headers).toMatchObject({ location: statusUrl });
    expect(body).toMatchObject({ statusUrl });
    expect(updatesUrl).toBe(`wss://live.example.com/v1?jobId=${jobId}&ticket=${ticket}`);
  });

  it('stores the order before the job, and both before the execution starts', async () => {
    const { accept, calls } = setUp();

    await accept(aRequest({ body: anOrder() }));

    expect(calls).toEqual(['orders.submit', 'jobs.create', 'executions.start']);
  });

  it('stores the job and the order under the owner of the token', async () => {
    const { accept, jobs, orders, executions } = setUp();

    await accept(aRequest({ body: anOrder({ reference: 'PO 17' }), owner: 'grace' }));

    expect(jobs.stored.get(jobId)).toMatchObject({ owner: 'grace', status: 'queued', version: 1, ticket });
    expect(orders.stored.get(orderId)).toMatchObject({ owner: 'grace', reference: 'PO 17', total: 3998 });
    expect(executions.started).toEqual([jobId]);
  });

  it('marks the job whose end somebody wants to hear of, and no other', async () => {
    const { accept, jobs, orders } = setUp();
    const callbackUrl = 'https://shop.example.com/hook';

    await accept(aRequest({ body: anOrder({ callbackUrl }) }));
    await accept(aRequest({ body: anOrder() }));

    const [called, other] = [...jobs.stored.values()];
    expect(called?.webhook).toBe(true);
    expect(orders.stored.get(orderId)?.callbackUrl).toBe(callbackUrl);
    expect(other).not.toHaveProperty('webhook');
  });

  it('keeps nothing of the order in the job', async () => {
    const { accept, jobs } = setUp();

    await accept(aRequest({ body: anOrder() }));

    expect(JSON.stringify(jobs.stored.get(jobId))).not.toMatch(/example\.com|tok_visa|book-1/);
  });

  it.each([
    ['a field is wrong', anOrder({ currency: 'euro' })],
    ['a field is unknown', { ...anOrder(), colour: 'red' }],
    ['the body is no object', 'order'],
    ['its callback names a port that is not called', anOrder({ callbackUrl: 'https://shop.example.com:22' })],
    ['it holds a card number', anOrder({ payment: { token: '4242 4242 4242 4242' } })],
  ])('refuses it and stores nothing when %s', async (_, body) => {
    const { accept, calls } = setUp();

    await expect(accept(aRequest({ body }))).rejects.toThrow(InvalidFields);

    expect(calls).toEqual([]);
  });

  it('refuses a body that is not declared as JSON, and stores nothing', async () => {
    const { accept, calls } = setUp();

    const request = aRequest({ body: anOrder(), headers: { 'content-type': 'text/plain' } });
    await expect(accept(request)).rejects.toMatchObject({ status: 415 });

    expect(calls).toEqual([]);
  });

  it('makes no job of an order that could not be stored', async () => {
    const { accept, calls } = setUp({ orders: { ...memoryOrders(), submit: down } });

    await expect(accept(aRequest({ body: anOrder() }))).rejects.toThrow(DependencyUnavailable);

    expect(calls).toEqual([]);
  });

  it('starts no execution for a job that could not be stored', async () => {
    const { accept, executions } = setUp({ jobs: { ...memoryJobs(), create: down } });

    await expect(accept(aRequest({ body: anOrder() }))).rejects.toThrow(DependencyUnavailable);

    expect(executions.started).toEqual([]);
  });

  it('is accepted although its execution did not start, for the bookkeeping starts it', async () => {
    const { accept, jobs } = setUp({ executions: { start: down } });

    const response = await accept(aRequest({ body: anOrder() }));

    expect(response.status).toBe(202);
    expect(jobs.stored.get(jobId)?.status).toBe('queued');
  });

  it('is accepted before long although the start of its execution hangs', async () => {
    const start = (_: string, signal?: AbortSignal) =>
      new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const { accept, jobs } = setUp({ executions: { start } });

    const response = await accept(aRequest({ body: anOrder() }));

    expect(response.status).toBe(202);
    expect(jobs.stored.get(jobId)?.status).toBe('queued');
  });

  it('tells what has been learned of the stages in its estimate', async () => {
    const learnedStages = async () => fourStages.map((stage) => ({ ...stage, expectedMs: 10_000 }));
    const { accept } = setUp({ learnedStages });

    const response = await accept(aRequest({ body: anOrder() }));

    expect(response.body).toMatchObject({ estimatedCompletion: later(40_000).toISOString() });
  });
});

describe('an order with an idempotency key', () => {
  const withKey = (key: string, override: Parameters<typeof anOrder>[0] = {}, owner = 'ada') =>
    aRequest({
      body: anOrder(override),
      owner,
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
    });

  it('claims the key before anything is stored', async () => {
    const { accept, calls } = setUp();

    await accept(withKey('k-1'));

    expect(calls[0]).toBe('keys.claim');
  });

  it('is the same job again, marked as such, and starts nothing twice', async () => {
    const { accept, executions, jobs } = setUp();

    const first = await accept(withKey('k-1'));
    const second = await accept(withKey('k-1'));

    expect(second).toEqual({ ...first, headers: { ...first.headers, 'idempotency-replayed': 'true' } });
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(executions.started).toHaveLength(1);
    expect(jobs.stored.size).toBe(1);
  });

  it('is never expected in the past, however late the answer is asked for again', async () => {
    const times = [now, later(3_600_000)];
    const { accept } = setUp({ clock: () => times.shift() ?? now });
    await accept(withKey('k-1'));

    const { body } = await accept(withKey('k-1'));

    expect(Date.parse((body as AcceptedOrder).estimatedCompletion ?? '')).toBeGreaterThan(
      later(3_600_000).getTime(),
    );
  });

  it('asks nobody to come again once the job has ended', async () => {
    const { accept, jobs } = setUp();
    await accept(withKey('k-1'));
    jobs.stored.set(jobId, aCompletedJob());

    const again = await accept(withKey('k-1'));

    expect(again.body).toMatchObject({ status: 'completed' });
    expect(again.headers).toEqual({
      location: `/api/orders/status/${jobId}`,
      'idempotency-replayed': 'true',
    });
  });

  it('is marked also where both were at work at the same time', async () => {
    const jobs = memoryJobs();
    const claim = createClaim({ keys: memoryKeys(), retentionDays: 1 });
    // Neither sees the other's job before it creates its own.
    const tickets = ['first', 'second'];
    const { accept } = setUp({
      claim,
      jobs: { ...jobs, get: async () => undefined },
      newTicket: () => tickets.shift() ?? '',
    });

    const answers = [await accept(withKey('k-1')), await accept(withKey('k-1'))];

    expect(answers.map(({ headers }) => headers?.['idempotency-replayed'])).toEqual([undefined, 'true']);
  });

  it('goes on where a request stopped that died between its claim and its job', async () => {
    const jobs = memoryJobs();
    const claim = createClaim({ keys: memoryKeys(), retentionDays: 1 });
    const died = setUp({ claim, jobs: { ...jobs, create: down } }).accept(withKey('k-1'));
    await expect(died).rejects.toThrow(DependencyUnavailable);

    const again = await setUp({ claim, jobs, newId: () => jobId.replace(/1$/, '9') }).accept(withKey('k-1'));

    expect(again).toMatchObject({ status: 202, body: { jobId } });
    expect([...jobs.stored.keys()]).toEqual([jobId]);
  });

  it('is refused when the key stands for another order, and nothing is stored', async () => {
    const { accept, jobs } = setUp();
    await accept(withKey('k-1'));

    await expect(accept(withKey('k-1', { reference: 'another' }))).rejects.toMatchObject({ status: 422 });

    expect(jobs.stored.size).toBe(1);
  });

  it('does not care in which order its members come', async () => {
    const { accept, jobs } = setUp();
    const { email, ...rest } = anOrder();
    await accept(withKey('k-1'));

    const headers = { 'content-type': 'application/json', 'idempotency-key': 'k-1' };
    await accept(aRequest({ body: { ...rest, email }, headers }));

    expect(jobs.stored.size).toBe(1);
  });

  it("is another job under another owner's equal key", async () => {
    const { accept, jobs } = setUp();

    await accept(withKey('k-1'));
    const other = await accept(withKey('k-1', {}, 'grace'));

    expect(other.headers).not.toHaveProperty('idempotency-replayed');
    expect([...jobs.stored.values()].map((job) => job.owner)).toEqual(['ada', 'grace']);
  });

  it.each(['', 'ü', 'a\nb', 'x'.repeat(256)])('is refused with 422 when the key is %j', async (key) => {
    const { accept, jobs } = setUp();

    const refusal = await accept(withKey(key)).catch((error) => error);

    expect(refusal).toBeInstanceOf(InvalidFields);
    expect(refusal.errors[0].pointer).toBe('Idempotency-Key');
    expect(jobs.stored.size).toBe(0);
  });
});
