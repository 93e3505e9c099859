import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSockets } from '../../../../lambdas/adapters/sockets.ts';
import type { Sockets } from '../../../../lambdas/ports/sockets.ts';
import { AwsRefusal, type AwsServiceStub, startAwsService } from '../../../support/aws-service.ts';

let api: AwsServiceStub;
let sockets: Sockets;
beforeAll(async () => {
  api = await startAwsService();
  sockets = createSockets({ connectionsUrl: `${api.url}/live` });
});
afterAll(() => api.stop());

describe('a connection', () => {
  it('is sent a message as JSON', async () => {
    api.answer(() => ({}));

    expect(await sockets.post('c1=', { type: 'refused', reason: 'Grüße' })).toBe(true);

    expect(api.requests).toMatchObject([
      { route: 'POST /live/@connections/c1%3D', input: { type: 'refused', reason: 'Grüße' } },
    ]);
  });

  it('is open as long as API Gateway knows it', async () => {
    api.answer(() => ({}));

    expect(await sockets.isOpen('c1')).toBe(true);

    expect(api.requests).toMatchObject([{ route: 'GET /live/@connections/c1' }]);
  });

  it('is gone when API Gateway says so, which is no failure', async () => {
    api.answer(() => new AwsRefusal('GoneException', 410));

    expect(await sockets.post('c1', { type: 'pong' })).toBe(false);
    expect(await sockets.isOpen('c1')).toBe(false);
  });

  it('is not taken for gone when API Gateway refuses the call', async () => {
    api.answer(() => new AwsRefusal('ForbiddenException', 403));

    await expect(sockets.post('c1', { type: 'pong' })).rejects.toMatchObject({ name: 'ForbiddenException' });
    await expect(sockets.isOpen('c1')).rejects.toThrow();
  });

  it('is reached by the second attempt when the first one fails', async () => {
    let attempts = 0;
    api.answer(() => (++attempts === 1 ? new AwsRefusal('InternalServerError', 500) : {}));

    expect(await sockets.post('c1', { type: 'pong' })).toBe(true);

    expect(api.requests).toHaveLength(2);
  });
});
