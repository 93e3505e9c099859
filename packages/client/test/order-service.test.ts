import { describe, expect, it } from '@jest/globals';
import { OrderService } from '../src/order-service.ts';
import { aServer, completion, errorOf, exampleOrder, failure } from './client-fixture.ts';
import { soon } from './support/until.ts';

const quickly = { interval: 0 };

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

  it('gives up after so many attempts', async () => {
    const { server, service } = await aService();
    const { jobId } = server.create();
    server.faults.lostAnswers = 1;

    const error = await errorOf(service.pollJobStatus(jobId, { ...quickly, maxAttempts: 3 }));

    expect(error).toMatchObject({ name: 'TimedOutError', message: 'Operation timed out' });
    expect(server.requests).toHaveLength(3);
  });

  it('throws the refusal of the API', async () => {
    const { service } = await aService();

    const error = await errorOf(service.pollJobStatus('unknown'));

    expect(error).toMatchObject({ name: 'OrderRefusedError', code: 'not_found' });
  });
});
