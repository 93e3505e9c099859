import { describe, expect, it } from '@jest/globals';
import { OrderService } from '../src/order-service.ts';
import type { StatusDocument } from '../src/protocol.ts';
import { aClient, calls, completion, errorOf } from './client-fixture.ts';
import type { PlannedAnswer } from './support/orders-server.ts';
import { until } from './support/until.ts';

/** What portals and proxies answer. */
const foreign: [string, PlannedAnswer][] = [
  ['HTML', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Log in</html>' }],
  ['foreign JSON', { status: 200, body: { login: '/portal' } }],
  ['an empty object', { status: 200, body: {} }],
  ['a list', { status: 200, body: [] }],
  ['null', { status: 200, body: 'null' }],
  ['a text', { status: 200, body: '"OK"' }],
  ['half a document', { status: 200, body: '{"orderId":"o-1","items":[],"jobId":"' }],
  ['nothing', { status: 200 }],
  ['no content', { status: 204 }],
  ['not modified', { status: 304, headers: { etag: '"7"' } }],
];

describe.each(foreign)('an answer that is not the API’s: %s', (_, answer) => {
  it.each(calls)('is repeated by %s', async (__, call) => {
    const fixture = await aClient();
    const { jobId } = fixture.server.create();
    fixture.server.faults.answers.push({ headers: {}, ...answer });

    await fixture.time.settle(call(fixture, jobId));

    expect(fixture.server.requests).toHaveLength(2);
  });

  it('is repeated by the order service', async () => {
    const { server } = await aClient();
    const service = new OrderService({ baseUrl: server.baseUrl, token: 'secret' });
    const { jobId } = server.create();
    server.move(jobId, completion);
    server.faults.answers.push({ headers: {}, ...answer });

    expect(await service.pollJobStatus(jobId, { interval: 0 })).toEqual(completion.result);
  });

  it('is unreachable when nothing else comes', async () => {
    const { orders, server, time } = await aClient();
    for (let i = 0; i < 50; i++) server.faults.answers.push(answer);

    const error = await errorOf(time.settle(orders.order('o-1')));

    expect(error).toMatchObject({ name: 'UnreachableError', code: 'unreachable' });
  });
});

describe('a status that is not the job’s', () => {
  it.each<[string, (job: StatusDocument) => object]>([
    ['that of another job', (job) => ({ ...job, jobId: 'another' })],
    ['without a version', ({ version, ...job }) => job],
    ['with a version that is no number', (job) => ({ ...job, version: '9' })],
    ['with an unknown status', (job) => ({ ...job, status: 'ok' })],
    ['without a status', ({ status, ...job }) => job],
  ])('is unreachable: %s', async (_, foreign) => {
    const { orders, server, time } = await aClient({ transport: 'polling' });
    const job = server.create();
    const handle = orders.watch(job.jobId);
    server.faults.answers.push({ status: 200, body: foreign({ ...job, version: 9 } as StatusDocument) });

    const updates = handle.updates();
    const first = updates.next();
    time.pass(0);
    await until(() => handle.state().connection !== 'connecting');

    expect(handle.state()).toMatchObject({ connection: 'offline', job: undefined });
    expect(await time.settle(first)).toMatchObject({ value: { jobId: job.jobId, version: 1 } });
    await updates.return?.();
  });
});
