import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { deadLetters } from './support/dead-letters.ts';
import { type LocalCloud, startLocalCloud } from './support/local-cloud.ts';
import { needing } from './support/needing.ts';
import { ordersApi } from './support/orders-api.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const describe = needing('a local cloud of its own');

let receiver: Receiver;
/** A cloud of its own, whose deployment may call the receiver's port. */
let cloud: LocalCloud;
beforeAll(async () => {
  receiver = await startReceiver();
  cloud = await startLocalCloud('--context', `webhookPorts=443,8443,${receiver.port}`);
});
afterAll(async () => {
  await cloud.stop();
  await receiver.stop();
});

const owner = () => ordersApi(undefined, new URL(cloud.api).origin);
const undelivered = () => deadLetters('WebhooksUndelivered', cloud.aws);

describe('an order whose callback leads into the machine itself', () => {
  it.each([
    ['by address', 'https://127.0.0.1'],
    ['by another spelling of it', 'https://0x7f.1'],
    ['by a mapped address', 'https://[::ffff:127.0.0.1]'],
    ['by name', 'https://localhost'],
  ])('is completed all the same, and nobody is called: %s', async (_, origin) => {
    const api = await owner();

    const { body } = await api.submit({ callbackUrl: `${origin}:${receiver.port}/hook` });
    const completed = await api.ending(body.jobId);
    const letter = await undelivered().of(completed.jobId);

    expect(completed.status).toBe('completed');
    expect(letter).toEqual({ jobId: completed.jobId, version: completed.version });
    expect(receiver.connections).toBe(0);
  });

  it('says nothing of it in its status', async () => {
    const api = await owner();

    const { body } = await api.submit({ callbackUrl: `https://127.0.0.1:${receiver.port}/hook` });

    expect(JSON.stringify(await api.ending(body.jobId))).not.toContain('hook');
    expect(await api.ending(body.jobId)).not.toHaveProperty('callback');
  });
});

describe('an order that fails', () => {
  it('is called back about as well', async () => {
    const api = await owner();
    const callbackUrl = `https://127.0.0.1:${receiver.port}/hook`;

    const { body } = await api.submit({ callbackUrl, payment: { token: 'tok_declined' } });
    const failed = await api.ending(body.jobId);

    expect(await undelivered().of(body.jobId)).toEqual({ jobId: body.jobId, version: failed.version });
  });
});
