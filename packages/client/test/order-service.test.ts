import { describe, expect, it } from '@jest/globals';
import { OrderService } from '../src/order-service.ts';
import { aServer, completion, errorOf, exampleOrder, failure } from './client-fixture.ts';
import { soon } from './support/until.ts';

const quickly = { interval: 0 };
const refused = { status: 503 };

async function aService() {
  const server = await aServer();
  return { server, service: new OrderService({ baseUrl: server.baseUrl, token: 'secret' }) };
}

describe('the order service', () => {
  it('submits an order and polls until it is completed', async () => {
    const { server, service } = await aService();

    const result = service.createOrder(exampleOrder, quickly);
    await server.until(() => server.requests.length === 3);
    const [jobId = ''] = server.jobs.keys();
    server.move(jobId, completion);

    expect(await soon(result)).toEqual(completion.result);
  });

  it('throws the error of the job', async () => {
    const { server, service } = await aService();
    const { jobId } = server.create();
    server.move(jobId, failure);

    const error = await errorOf(service.pollJobStatus(jobId));

    expect(error).toMatchObject({ name: 'JobFailedError', message: 'The card was declined.' });
  });

  it.each([
    ['an answer', [refused], undefined],
    ['no answer', [...Array(3).fill(refused)], expect.objectContaining({ status: 503 })],
  ])(
    'gives up after so many attempts, and says what was wrong if the last had %s',
    async (_, answers, cause) => {
      const { server, service } = await aService();
      const { jobId } = server.create();
      server.faults.answers.push(...answers);

      const error = await errorOf(service.pollJobStatus(jobId, { ...quickly, maxAttempts: 3 }));

      expect(error).toMatchObject({ name: 'TimedOutError', message: 'Operation timed out' });
      expect(error.cause).toEqual(cause);
      expect(server.requests).toHaveLength(3);
    },
  );

  it('waits between two attempts', async () => {
    const { server, service } = await aService();
    const { jobId } = server.create();
    const { setTimeout } = globalThis;
    const pauses: unknown[] = [];
    globalThis.setTimeout = ((run: () => void, ms: number) => {
      if (ms === 1_234) pauses.push(server.requests.length);
      return setTimeout(run, ms === 1_234 ? 0 : ms);
    }) as never;

    await errorOf(service.pollJobStatus(jobId, { interval: 1_234, maxAttempts: 3 }));
    globalThis.setTimeout = setTimeout;

    expect(pauses).toEqual([1, 2]);
  });

  it('throws the refusal of the API', async () => {
    const { service } = await aService();

    const error = await errorOf(service.pollJobStatus('unknown'));

    expect(error).toMatchObject({ name: 'OrderRefusedError', code: 'not_found' });
  });
});
