import { describe, expect, it } from '@jest/globals';
import { ordersClientOn } from '../src/orders-client.ts';
import { aClient, aLiveJob, errorOf, exampleOrder } from './client-fixture.ts';
import { soon } from './support/until.ts';

describe('a refused token', () => {
  const unauthorized = { status: 401, body: { message: 'Unauthorized' } };

  it('is renewed once', async () => {
    const { server, time } = await aClient();
    const asked: boolean[] = [];
    const orders = ordersClientOn(time, {
      baseUrl: server.baseUrl,
      token({ refused }) {
        asked.push(refused);
        return refused ? 'new' : 'old';
      },
    });
    server.faults.answers.push(unauthorized);

    await orders.createOrder(exampleOrder);

    expect(asked).toEqual([false, true]);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
  });

  it('that stays refused signs every listener out, in the middle of a watch', async () => {
    const { server, time, orders, handle, result } = await aLiveJob();
    const errors: string[] = [];
    orders.watch(handle.jobId).subscribe({ onError: ({ name }) => errors.push(name) });
    handle.subscribe({ onError: ({ name }) => errors.push(name) });
    const iteration = errorOf(
      handle
        .updates()
        .next()
        .then(() => handle.updates({}).next())
        .then(() => result),
    );
    server.faults.answers.push(unauthorized, unauthorized);

    orders.wake();
    time.pass(0);

    const signedOut = { name: 'SignedOutError', code: 'signed_out', jobId: handle.jobId };
    expect(await errorOf(soon(result))).toMatchObject(signedOut);
    expect(await soon(iteration)).toMatchObject(signedOut);
    expect(errors).toEqual(['SignedOutError', 'SignedOutError']);
    expect(server.requests.filter(({ method }) => method === 'GET')).toHaveLength(2);
    expect(time.timers()).toEqual([]);
  });

  it('is renewed once for all requests that it failed', async () => {
    const { server, time } = await aClient();
    let renewals = 0;
    const orders = ordersClientOn(time, {
      baseUrl: server.baseUrl,
      async token({ refused }) {
        if (refused) {
          renewals++;
          await server.until(() => server.requests.length >= 5);
        }
        return refused ? 'new' : 'old';
      },
    });
    server.faults.answers.push(...Array(5).fill(unauthorized));

    await Promise.all(Array.from({ length: 5 }, () => orders.history()));

    expect(renewals).toBe(1);
  });
});
