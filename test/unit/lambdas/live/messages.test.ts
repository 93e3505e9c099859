import { describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import type { Job } from '../../../../domain/job/job.ts';
import { statusDocument } from '../../../../domain/job/status.ts';
import { transition } from '../../../../domain/job/transitions.ts';
import { maxWatchers, messageOf } from '../../../../domain/protocol/live-protocol.ts';
import { createMessages } from '../../../../lambdas/live/messages.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJob,
  aJobAt,
  anExhaustedJob,
  jobId,
  later,
  now,
  ticket,
  urls,
} from '../../../support/builders.ts';
import { memorySockets } from '../../../support/fake-services.ts';
import { memoryWatchers } from '../../../support/fakes.ts';
import { logsOf } from '../../../support/logs.ts';

const other = jobId.replace(/1$/, '2');
const connections = (count: number) => Array.from({ length: count }, (_, i) => `c${i}`);

function setUp({
  job = aJobAt('payment'),
  watching = [] as readonly string[],
  gone = [] as readonly string[],
} = {}) {
  const watchers = memoryWatchers([job], { [job.jobId]: watching });
  const sockets = memorySockets(gone);
  const messages = createMessages({ watchers, sockets, clock: () => now, urls });
  /** Sends a text or a JSON value over the connection `me`. */
  const send = (message: unknown) =>
    messages({
      body: typeof message === 'string' ? message : JSON.stringify(message),
      requestContext: { connectionId: 'me' },
    } as APIGatewayProxyWebsocketEventV2);
  return { send, watchers, sockets, watching: () => [...(watchers.watching.get(job.jobId) ?? [])] };
}

const subscribe = (more: object = {}) => ({ action: 'subscribe', jobId, ticket, ...more });

describe('a subscription', () => {
  it('is answered with the present status, and counts from then on', async () => {
    const { send, sockets, watching } = setUp();

    const response = await send(subscribe());

    const job = aJobAt('payment');
    expect(response).toEqual({ statusCode: 200 });
    expect(sockets.sent).toEqual([
      {
        connectionId: 'me',
        message: { type: 'status', jobId, version: job.version, job: statusDocument(job, urls, now) },
      },
    ]);
    expect(watching()).toEqual(['me']);
  });

  it('is answered with the status as it was when the watcher was added', async () => {
    const { watchers, sockets } = setUp();
    const added = aJobAt('email');
    const messages = createMessages({
      watchers: { ...watchers, add: async () => ({ outcome: 'added', job: added }) },
      sockets,
      clock: () => now,
      urls,
    });

    await messages({
      body: JSON.stringify(subscribe()),
      requestContext: { connectionId: 'me' },
    } as APIGatewayProxyWebsocketEventV2);

    expect(sockets.sentTo('me')).toEqual([messageOf(statusDocument(added, urls, now))]);
  });

  it.each<[string, Job, string]>([
    ['queued', aJob(), 'status'],
    ['completed', aCompletedJob(), 'complete'],
    ['failed', aDeclinedJob(), 'error'],
    ['failed, but can be redriven', anExhaustedJob(), 'error'],
    [
      'cancelled',
      transition(
        { ...aJobAt('validation'), cancelling: true },
        { type: 'stage-started', stage: 'validation', attempt: 1 },
        later(40),
      ),
      'error',
    ],
  ])('to a job that is %s is answered accordingly', async (_, job, type) => {
    const { send, sockets } = setUp({ job });

    await send(subscribe());

    expect(sockets.sentTo('me')).toEqual([
      { type, jobId, version: job.version, job: statusDocument(job, urls, now) },
    ]);
  });

  it.each([
    ['older than the present one', -1, 1],
    ['the present one', 0, 0],
    ['newer, as after a restore', 1, 0],
  ])('with a version that is %s hears what is news', async (_, difference, answers) => {
    const { send, sockets, watching } = setUp();

    await send(subscribe({ sinceVersion: aJobAt('payment').version + difference }));

    expect(sockets.sent).toHaveLength(answers);
    expect(watching()).toEqual(['me']);
  });

  it('names its job in capitals or not', async () => {
    const { send, sockets, watching } = setUp();

    await send(subscribe({ jobId: jobId.toUpperCase() }));

    expect(sockets.sentTo('me')).toEqual([expect.objectContaining({ type: 'status', jobId })]);
    expect(watching()).toEqual(['me']);
  });

  it('is harmless again', async () => {
    const { send, sockets, watching } = setUp();

    await send(subscribe());
    await send(subscribe());

    expect(watching()).toEqual(['me']);
    expect(sockets.sent).toHaveLength(2);
  });

  it.each([
    ['there is no such job', { jobId: other }],
    ['the ticket is wrong', { ticket: 'another-ticket' }],
  ])('is refused when %s, and the two look the same', async (_, wrong) => {
    const { send, sockets, watching } = setUp();

    await send(subscribe(wrong));

    const reason = 'The job does not exist or the ticket is wrong.';
    expect(sockets.sentTo('me')).toEqual([
      { type: 'refused', reason, jobId, ...('jobId' in wrong && wrong) },
    ]);
    expect(watching()).toEqual([]);
  });

  it('is refused for the moment when the job cannot be reached, and the cause is logged', async () => {
    const { watchers, sockets } = setUp();
    const add = async () => {
      throw new Error('DynamoDB is down.');
    };
    const messages = createMessages({ watchers: { ...watchers, add }, sockets, clock: () => now, urls });

    const logs = await logsOf(async () => {
      const response = await messages({
        body: JSON.stringify(subscribe()),
        requestContext: { connectionId: 'me' },
      } as APIGatewayProxyWebsocketEventV2);
      expect(response).toEqual({ statusCode: 200 });
    });

    expect(sockets.sentTo('me')).toEqual([{ type: 'refused', reason: 'unavailable', jobId }]);
    expect(logs).toContain('DynamoDB is down.');
    expect(logs).not.toContain(ticket);
  });

  it('is logged without its ticket', async () => {
    const { send } = setUp();

    const logs = await logsOf(() => send(subscribe()));

    expect(JSON.parse(logs)).toMatchObject({ jobId });
    expect(logs).not.toContain(ticket);
  });
});

describe('a subscription to a job with as many watchers as it takes', () => {
  const watching = connections(maxWatchers);

  it('is refused while all of them are there', async () => {
    const { send, sockets, watching: present } = setUp({ watching });

    await send(subscribe());

    expect(sockets.sentTo('me')).toEqual([
      { type: 'refused', reason: 'The job already has 25 watchers.', jobId },
    ]);
    expect(present()).toEqual(watching);
  });

  it('takes the room of those that are gone, and of no others', async () => {
    const { send, sockets, watchers, watching: present } = setUp({ watching, gone: ['c3', 'c7'] });

    await send(subscribe());

    expect(sockets.sentTo('me')).toEqual([expect.objectContaining({ type: 'status' })]);
    expect(watchers.removed).toEqual([`${jobId} c3`, `${jobId} c7`]);
    expect(present()).toHaveLength(maxWatchers - 1);
    expect(present()).toContain('me');
  });

  it('goes on for a connection that is one of them', async () => {
    const { send, sockets } = setUp({ watching: [...watching.slice(1), 'me'] });

    await send(subscribe());

    expect(sockets.sentTo('me')).toEqual([expect.objectContaining({ type: 'status' })]);
  });
});

describe('other messages', () => {
  it('end a subscription in silence', async () => {
    const { send, sockets, watching } = setUp({ watching: ['me', 'you'] });

    const response = await send({ action: 'unsubscribe', jobId });

    expect(response).toEqual({ statusCode: 200 });
    expect(watching()).toEqual(['you']);
    expect(sockets.sent).toEqual([]);
  });

  it('end a subscription whose job they name in capitals', async () => {
    const { send, watching } = setUp({ watching: ['me'] });

    await send({ action: 'unsubscribe', jobId: jobId.toUpperCase() });

    expect(watching()).toEqual([]);
  });

  it('end no subscription of another connection, whoever names the job', async () => {
    const { send, watching } = setUp({ watching: ['you'] });

    await send({ action: 'unsubscribe', jobId });

    expect(watching()).toEqual(['you']);
  });

  it('are answered when they ask whether anybody is there', async () => {
    const { send, sockets } = setUp();

    await send({ action: 'ping' });

    expect(sockets.sentTo('me')).toEqual([{ type: 'pong' }]);
  });

  it('are taken from a client that is gone before the answer', async () => {
    const { send, sockets } = setUp({ gone: ['me'] });

    expect(await send({ action: 'ping' })).toEqual({ statusCode: 200 });
    expect(sockets.sent).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['is empty', ''],
    ['is no JSON', '{"action":"ping"'],
    ['is no object', '"ping"'],
    ['is null', 'null'],
    ['has no action', { jobId, ticket }],
    ['has another action', { action: 'cancel', jobId }],
    ['has a member that is unknown', { action: 'ping', loud: true }],
    ['subscribes without a ticket', { action: 'subscribe', jobId }],
    ['subscribes with an empty ticket', subscribe({ ticket: '' })],
    ['subscribes with an endless ticket', subscribe({ ticket: 'a'.repeat(129) })],
    ['subscribes to what is no job', subscribe({ jobId: 'all' })],
    ['subscribes since no version', subscribe({ sinceVersion: -1 })],
    ['unsubscribes from nothing', { action: 'unsubscribe' }],
  ])('are refused, and change nothing, when one %s', async (_, message) => {
    const { send, sockets, watchers, watching } = setUp({ watching: ['me'] });

    const response = await send(message);

    const reason = 'The message must be a subscribe, unsubscribe or ping message.';
    expect(response).toEqual({ statusCode: 200 });
    expect(sockets.sentTo('me')).toEqual([{ type: 'refused', reason }]);
    expect(watching()).toEqual(['me']);
    expect(watchers.removed).toEqual([]);
  });
});
