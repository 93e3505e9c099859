import { describe, expect, it } from '@jest/globals';
import { DependencyUnavailable, InvalidFields } from '../../../../domain/errors.ts';
import { type AcceptPorts, createAccept } from '../../../../lambdas/api/accept.ts';
import { anOrder, aRequest, jobId, later, liveUrl, now, orderId, ticket } from '../../../support/builders.ts';
import { type Calls, memoryExecutions, memoryJobs, memoryOrders } from '../../../support/fakes.ts';

function setUp(override: Partial<AcceptPorts> = {}) {
  const calls: Calls = [];
  const jobs = memoryJobs([], calls);
  const orders = memoryOrders([], calls);
  const executions = memoryExecutions(calls);
  const accept = createAccept({
    jobs,
    orders,
    executions,
    clock: () => now,
    newId: () => jobId,
    newTicket: () => ticket,
    liveUrl,
    retentionDays: 30,
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
        updatesUrl: `${liveUrl}?jobId=${jobId}&ticket=${ticket}`,
        estimatedCompletion: later(2_600).toISOString(),
      },
    });
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

  it('keeps nothing of the order in the job', async () => {
    const { accept, jobs } = setUp();

    await accept(aRequest({ body: anOrder() }));

    expect(JSON.stringify(jobs.stored.get(jobId))).not.toMatch(/example\.com|tok_visa|book-1/);
  });

  it.each([
    ['a field is wrong', anOrder({ currency: 'euro' })],
    ['a field is unknown', { ...anOrder(), colour: 'red' }],
    ['the body is no object', 'order'],
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
});
