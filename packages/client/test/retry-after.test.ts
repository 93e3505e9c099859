import { describe, expect, it } from '@jest/globals';
import { aClient, completion, exampleOrder, reads } from './client-fixture.ts';
import { soon, until } from './support/until.ts';

describe('Retry-After', () => {
  it('as a date is relative to the answer’s own date', async () => {
    const { orders, server, time } = await aClient();
    const headers = { date: 'Tue, 01 Jan 2030 00:00:00 GMT', 'retry-after': 'Tue, 01 Jan 2030 00:00:03 GMT' };
    server.faults.answers.push({ status: 503, headers });

    await time.settle(orders.createOrder(exampleOrder));

    expect(time.now()).toBe(3_250);
  });

  it('of a refusal is respected on wake, too', async () => {
    const { orders, server, time } = await aClient();
    server.faults.noUpdatesUrl = true;
    const handle = await orders.createOrder(exampleOrder);
    server.faults.answers.push({ status: 429, headers: { 'retry-after': '30' } });
    const result = handle.result();
    await time.next();
    await until(() => handle.state().connection === 'offline');

    orders.wake();
    time.pass(29_000);
    expect(reads(server)).toBe(1);
    server.move(handle.jobId, completion);
    time.pass(1_000);

    expect(await soon(result)).toEqual(completion.result);
  });

  it('of more than five minutes is not believed by a watch', async () => {
    const { orders, server, time } = await aClient({ transport: 'polling' });
    const handle = orders.watch(server.create());
    server.faults.answers.push({ status: 503, headers: { 'retry-after': '86400' } });

    handle.subscribe({});
    time.pass(0);
    await until(() => handle.state().connection === 'offline');

    expect(time.timers()).toEqual([300_000]);
    handle.close();
  });
});
