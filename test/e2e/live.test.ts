import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalCloud, startLocalCloud } from './support/local-cloud.ts';
import { needing } from './support/needing.ts';
import { anOwner, local, ordersApi } from './support/orders-api.ts';
import { connect, handshakeRefusal, subscription } from './support/watcher.ts';

const isFinal = ({ type }: { type: string }): boolean => type === 'complete' || type === 'error';

/** Slow enough to connect and subscribe while it is worked. */
const slow = { payment: { token: 'tok_slow' } };

interface Usage {
  readonly functions: Record<string, { invocations: number }>;
  readonly callers: Record<string, Record<string, number>>;
}

describe('a watcher', () => {
  it('sees the present status at once and every version from then on, in order', async () => {
    const api = await anOwner();
    const { jobId, updatesUrl } = (await api.submit(slow)).body;

    const watcher = await connect(updatesUrl);
    watcher.send(subscription(updatesUrl));
    const complete = await watcher.message(isFinal);

    const versions = [...new Set(watcher.versions())];
    expect(versions).toEqual(versions.map((_, i) => (versions[0] ?? 0) + i));
    const job = (await api.status(jobId)).body;
    expect(versions.at(-1)).toBe(job.version);
    expect(versions[0]).toBeLessThan(job.version - 1);
    expect(complete).toEqual({ type: 'complete', jobId, version: job.version, job });
    await watcher.close();
  });

  it('is told at once what became of a job that has ended', async () => {
    const api = await anOwner();
    const { jobId, updatesUrl } = (await api.submit({ payment: { token: 'tok_declined' } })).body;
    await api.ending(jobId);

    const watcher = await connect(updatesUrl);
    watcher.send(subscription(updatesUrl));

    expect(await watcher.message(isFinal)).toMatchObject({ type: 'error', jobId, job: { status: 'failed' } });
    await watcher.close();
  });

  it('misses nothing when it drops in the middle and comes back with the version it knows', async () => {
    const api = await anOwner();
    const { jobId, updatesUrl } = (await api.submit(slow)).body;
    const first = await connect(updatesUrl);
    first.send(subscription(updatesUrl));
    await first.message((message) => message.type === 'status');
    await first.close();
    const seen = first.versions().at(-1) ?? 0;

    const second = await connect(updatesUrl);
    second.send(subscription(updatesUrl, seen));
    await second.message(isFinal);

    // The present status at once holds all that happened meanwhile; from then on every version comes.
    const versions = [...new Set(second.versions())];
    expect(versions).toEqual(versions.map((_, i) => (versions[0] ?? 0) + i));
    expect(versions[0]).toBeGreaterThan(seen);
    expect(versions.at(-1)).toBe((await api.status(jobId)).body.version);
    await second.close();
  });

  it('hears nothing when it knows the present version already', async () => {
    const api = await anOwner();
    const { jobId, updatesUrl } = (await api.submit()).body;
    const { version } = await api.ending(jobId);

    const watcher = await connect(updatesUrl);
    watcher.send(subscription(updatesUrl, version));
    watcher.send({ action: 'ping' });
    await watcher.message(({ type }) => type === 'pong');

    expect(watcher.versions()).toEqual([]);
    await watcher.close();
  });

  it('hears no more after it unsubscribed', async () => {
    const api = await anOwner();
    const { jobId, updatesUrl } = (await api.submit(slow)).body;
    const watcher = await connect(updatesUrl);
    watcher.send(subscription(updatesUrl));
    await watcher.message(({ type }) => type === 'status');

    watcher.send({ action: 'unsubscribe', jobId });
    await api.ending(jobId);
    watcher.send({ action: 'ping' });
    await watcher.message(({ type }) => type === 'pong');

    expect(watcher.messages.some(isFinal)).toBe(false);
    await watcher.close();
  });

  it.each([
    ['an unknown action', { action: 'dance' }],
    ['no action', {}],
    ['no JSON', 'hello'],
    ['an array', '[]'],
    ['a field that is not known', { action: 'ping', loudly: true }],
  ])('is refused with a reason when it sends %s', async (_, message) => {
    const api = await anOwner();
    const { updatesUrl } = (await api.submit()).body;
    const watcher = await connect(updatesUrl);

    watcher.send(message);

    expect(await watcher.message(({ type }) => type === 'refused')).toMatchObject({
      reason: expect.any(String),
    });
    await watcher.close();
  });

  it('may not watch a job whose ticket it does not hold', async () => {
    const api = await anOwner();
    const mine = (await api.submit()).body;
    const other = (await api.submit()).body;
    const watcher = await connect(mine.updatesUrl);

    watcher.send({ ...subscription(mine.updatesUrl), jobId: other.jobId });

    expect(await watcher.message(({ type }) => type === 'refused')).toMatchObject({ jobId: other.jobId });
    await watcher.close();
  });

  it('is one of 25 at the most, and a watcher that is gone makes room', async () => {
    const api = await anOwner();
    const { jobId, updatesUrl } = (await api.submit({ payment: { token: 'tok_slow' } })).body;
    const watchers = await Promise.all(Array.from({ length: 25 }, () => connect(updatesUrl)));
    for (const watcher of watchers) watcher.send(subscription(updatesUrl));
    await Promise.all(watchers.map((watcher) => watcher.message(({ type }) => type !== 'pong')));

    const late = await connect(updatesUrl);
    late.send(subscription(updatesUrl));
    expect(await late.message(({ type }) => type === 'refused')).toMatchObject({ jobId });

    await watchers[0]?.close();
    const later = await connect(updatesUrl);
    later.send(subscription(updatesUrl));
    expect(await later.message(({ type }) => type === 'status' || isFinal({ type }))).toMatchObject({
      jobId,
    });
    // A job that is watched costs pushes until it ends, and a later test counts them.
    await later.message(isFinal);
    for (const watcher of [late, later, ...watchers.slice(1)]) await watcher.close();
  });
});

describe('the handshake', () => {
  it.each([
    ['no ticket', (url: URL) => url.searchParams.delete('ticket')],
    ['a wrong ticket', (url: URL) => url.searchParams.set('ticket', 'A'.repeat(43))],
    ['no job', (url: URL) => url.searchParams.delete('jobId')],
    ['an unknown job', (url: URL) => url.searchParams.set('jobId', '01930000-0000-7000-8000-000000000000')],
    ['nothing', (url: URL) => (url.search = '')],
  ])('is refused with %s', async (_, spoil) => {
    const api = await anOwner();
    const url = new URL((await api.submit()).body.updatesUrl);

    spoil(url);

    expect(await handshakeRefusal(url.href)).toBe(401);
  });
});

needing('a local cloud of its own')('the price of watching', () => {
  let cloud: LocalCloud;

  // It counts, and others would be counted too.
  beforeAll(async () => {
    cloud = await startLocalCloud();
  });

  afterAll(() => cloud.stop());

  it('is nothing while nobody watches, and a push reads nothing', async () => {
    const { origin } = new URL(cloud.api);
    const api = await ordersApi(undefined, origin);

    await api.ending((await api.submit()).body.jobId);
    // The stream is read in order: at the end of this order, whatever the first one caused has been counted.
    const { updatesUrl } = (await api.submit(slow)).body;
    const watcher = await connect(updatesUrl);
    watcher.send(subscription(updatesUrl));
    await watcher.message(isFinal);

    const { functions, callers } = await local<Usage>('usage', undefined, origin);
    const pushes = Object.entries(functions).find(([path]) => path.includes('Push/'))?.[1].invocations ?? 0;
    const calls = Object.entries(callers).find(([role]) => role.includes('LivePush'))?.[1] ?? {};
    const told = calls['execute-api:PostToConnection'] ?? 0;
    expect(told).toBeGreaterThan(0);
    // Each invocation had something to tell, but for that of the subscription, which is a change of the item as well.
    expect(pushes).toBeLessThanOrEqual(told + 1);
    expect(Object.keys(calls).filter((call) => /:(?:Get|BatchGet|Query|Scan)/.test(call))).toEqual([]);
    await watcher.close();
  });
});
