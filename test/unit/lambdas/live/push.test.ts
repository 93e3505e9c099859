import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import * as z from 'zod/mini';
import type { Job } from '../../../../domain/job/job.ts';
import { statusDocument } from '../../../../domain/job/status.ts';
import { messageOf, type ServerMessage, serverMessages } from '../../../../domain/protocol/live-protocol.ts';
import { createPush, type PushPorts } from '../../../../lambdas/live/push.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJob,
  aJobAt,
  jobId,
  later,
  now,
  ticket,
  urls,
} from '../../../support/builders.ts';
import { memoryDeadLetters, memorySockets } from '../../../support/fake-services.ts';
import { memoryWatchers } from '../../../support/fakes.ts';
import { logsOf } from '../../../support/logs.ts';
import { aPoisonRecord, aRecord } from '../../../support/stream.ts';

/** All versions of a job. */
const way = [
  aJob(),
  aJobAt('validation'),
  aJobAt('payment'),
  aJobAt('order-creation'),
  aJobAt('email'),
  aCompletedJob(),
];
const changes = way.slice(1).map((to, i) => ({ from: way[i] as Job, to }));

/** The records of all changes, with sequence numbers 10, 20, … and their watchers. */
const records = (watchersOf: (change: number) => readonly string[]) =>
  changes.map(({ from, to }, i) =>
    aRecord(to, { from, watchers: watchersOf(i), sequenceNumber: String((i + 1) * 10) }),
  );
const versions = (messages: readonly ServerMessage[]) =>
  messages.map((message) => ('version' in message ? message.version : undefined));

function setUp(override: Partial<PushPorts['sockets']> = {}, gone: readonly string[] = []) {
  const watchers = memoryWatchers(way.slice(0, 1));
  const sockets = memorySockets(gone);
  const deadLetters = memoryDeadLetters();
  const push = createPush({
    watchers,
    sockets: { ...sockets, ...override },
    deadLetters,
    clock: () => now,
    urls,
  });
  return { push, watchers, sockets, setAside: deadLetters.letters };
}

describe('a visible change', () => {
  it.each<[string, Job, Job, string]>([
    ['that goes on', aJob(), aJobAt('validation'), 'status'],
    ['that is completed', aJobAt('email'), aCompletedJob(), 'complete'],
    ['that failed', aJobAt('payment'), aDeclinedJob(), 'error'],
  ])('of a job %s is told to each of its watchers, as HTTP tells it', async (_, from, to, type) => {
    const { push, sockets } = setUp();

    const answer = await push({ Records: [aRecord(to, { from, watchers: ['c1', 'c2'] })] });

    const message = { type, jobId, version: to.version, job: statusDocument(to, urls, now) };
    expect(sockets.sent).toEqual([
      { connectionId: 'c1', message },
      { connectionId: 'c2', message },
    ]);
    expect(z.safeParse(z.union(Object.values(serverMessages)), message).error).toBeUndefined();
    expect(answer).toEqual({ batchItemFailures: [] });
  });

  it('that is pushed late never shows an estimate in the past', async () => {
    const { watchers, sockets } = setUp();
    const late = later(3_600_000);
    const push = createPush({ watchers, sockets, deadLetters: memoryDeadLetters(), clock: () => late, urls });

    await push({ Records: [aRecord(aJobAt('payment'), { from: aJobAt('validation'), watchers: ['c1'] })] });

    expect(sockets.sentTo('c1')).toEqual([messageOf(statusDocument(aJobAt('payment'), urls, late))]);
    expect(sockets.sentTo('c1')).not.toEqual([messageOf(statusDocument(aJobAt('payment'), urls, now))]);
  });

  it('of one job is not told to the watchers of another', async () => {
    const { push, sockets } = setUp();
    const other = jobId.replace(/1$/, '2');
    const [from, to] = [aJob({ jobId: other }), { ...aJobAt('validation'), jobId: other }];

    await push({
      Records: [
        aRecord(aJobAt('validation'), { from: aJob(), watchers: ['c1'] }),
        aRecord(to, { from, watchers: ['c2'] }),
      ],
    });

    expect(sockets.sentTo('c1')).toEqual([expect.objectContaining({ jobId })]);
    expect(sockets.sentTo('c2')).toEqual([expect.objectContaining({ jobId: other })]);
  });

  it('reaches a connection after those before it, whatever the others wait for', async () => {
    const connections = ['c1', 'c2', 'c3', 'c4'];
    const watched = fc.tuple(...changes.map(() => fc.subarray(connections)));

    await fc.assert(
      fc.asyncProperty(watched, fc.scheduler(), async (watchersOf, scheduler) => {
        const { sockets } = setUp();
        const post = scheduler.scheduleFunction(sockets.post);
        const { push } = setUp({ post });

        const answer = push({ Records: records((i) => watchersOf[i] ?? []) });
        await scheduler.waitFor(answer);

        for (const connection of connections) {
          const seen = changes.filter((_, i) => watchersOf[i]?.includes(connection));
          expect(versions(sockets.sentTo(connection))).toEqual(seen.map(({ to }) => to.version));
        }
        expect(await answer).toEqual({ batchItemFailures: [] });
      }),
    );
  });

  it('waits for no connection that hangs', async () => {
    const { sockets } = setUp();
    const hanging = Promise.withResolvers<boolean>();
    const { push } = setUp({
      post: async (connectionId, message) =>
        connectionId === 'hangs' ? hanging.promise : sockets.post(connectionId, message),
    });

    const answer = push({ Records: records(() => ['hangs', 'c1', 'c2']) });
    await setImmediate();

    expect(versions(sockets.sentTo('c1'))).toEqual([2, 3, 4, 5, 6]);
    expect(versions(sockets.sentTo('c2'))).toEqual([2, 3, 4, 5, 6]);

    hanging.resolve(true);
    expect(await answer).toEqual({ batchItemFailures: [] });
  });

  it('is no news when only the watchers differ', async () => {
    const { push, sockets } = setUp();
    const job = aJobAt('payment');

    const answer = await push({
      Records: [
        aRecord(job, { from: job, watchers: ['c1'] }),
        aRecord({ ...job, redriven: true }, { from: job, watchers: ['c1'] }),
      ],
    });

    expect(sockets.sent).toEqual([]);
    expect(answer).toEqual({ batchItemFailures: [] });
  });

  it('needs nothing but its record: nothing is read, and nothing written while all are there', async () => {
    const asked: string[] = [];
    const spy = (port: object) =>
      new Proxy(port, {
        get: (target, method, receiver) => {
          asked.push(String(method));
          return Reflect.get(target, method, receiver);
        },
      });
    const { watchers, sockets } = setUp();
    const spies = { watchers: spy(watchers), sockets: spy(sockets), deadLetters: spy(memoryDeadLetters()) };
    const ports = { ...spies, clock: () => now, urls } as PushPorts;

    await createPush(ports)({ Records: records(() => ['c1']) });

    expect(asked).toEqual(changes.map(() => 'post'));
  });
});

describe('a change that cannot be delivered', () => {
  it('is reported by its sequence number, and the others get theirs', async () => {
    const { sockets } = setUp();
    const { push } = setUp({
      post: async (connectionId, message) => {
        if (connectionId === 'c1' && 'version' in message && message.version === 4) throw new Error('busy');
        return sockets.post(connectionId, message);
      },
    });

    const answer = await push({ Records: records(() => ['c1', 'c2']) });

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '30' }] });
    expect(versions(sockets.sentTo('c2'))).toEqual([2, 3, 4, 5, 6]);
    // The later records are redelivered after it.
    expect(versions(sockets.sentTo('c1'))).toEqual([2, 3]);
  });

  it('is reported once, however many did not get it', async () => {
    const { push } = setUp({
      post: async () => {
        throw new Error('busy');
      },
    });

    const answer = await push({ Records: records((i) => (i < 2 ? [] : ['c1', 'c2', 'c3'])) });

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '30' }] });
  });

  it('is reported beside the earliest of another connection', async () => {
    const { push } = setUp({
      post: async () => {
        throw new Error('busy');
      },
    });

    const answer = await push({ Records: records((i) => (i === 1 ? ['c1'] : i === 3 ? ['c2'] : [])) });

    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual(['20', '40']);
  });

  it('is logged without its ticket', async () => {
    const { push } = setUp({
      post: async () => {
        throw new Error('busy');
      },
    });

    const logs = await logsOf(() => push({ Records: records(() => ['c1']).slice(0, 1) }));

    expect(JSON.parse(logs)).toMatchObject({ jobId, error: { message: 'busy' } });
    expect(logs).not.toContain(ticket);
  });
});

describe('a watcher that is gone', () => {
  it('is removed once, gets nothing more, and is no failure', async () => {
    const { push, watchers, sockets } = setUp({}, ['gone']);

    const answer = await push({ Records: records(() => ['gone', 'c1']) });

    expect(watchers.removed).toEqual([`${jobId} gone`]);
    expect(versions(sockets.sentTo('c1'))).toEqual([2, 3, 4, 5, 6]);
    expect(answer).toEqual({ batchItemFailures: [] });
  });

  it('that cannot be removed repeats no message: the next change tries again', async () => {
    const { sockets } = setUp({}, ['gone']);
    const remove = async () => {
      throw new Error('throttled');
    };
    const push = createPush({
      watchers: { remove },
      sockets,
      deadLetters: memoryDeadLetters(),
      clock: () => now,
      urls,
    });

    const answer = await push({ Records: records(() => ['gone', 'c1']) });

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(versions(sockets.sentTo('c1'))).toEqual([2, 3, 4, 5, 6]);
  });
});

describe('a record that nobody can read', () => {
  it('is set aside whole, and those before and behind it are delivered', async () => {
    const { push, sockets, setAside } = setUp();
    const [first, ...others] = records(() => ['c1']);
    const poison = aPoisonRecord('15');

    const answer = await push({ Records: [first as DynamoDBRecord, poison, ...others] });

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(setAside).toEqual([poison]);
    expect(versions(sockets.sentTo('c1'))).toEqual([2, 3, 4, 5, 6]);
  });

  it('is redelivered as long as it cannot be set aside', async () => {
    const { watchers, sockets } = setUp();
    const push = createPush({
      watchers,
      sockets,
      deadLetters: memoryDeadLetters(true),
      clock: () => now,
      urls,
    });
    const [first, ...others] = records(() => ['c1']);

    const answer = await push({ Records: [first as DynamoDBRecord, aPoisonRecord('15'), ...others] });

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '15' }] });
    expect(versions(sockets.sentTo('c1'))).toEqual([2]);
  });
});
