import {
  ApiGatewayManagementApiClient,
  GetConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createSockets } from '../../../../lambdas/adapters/sockets.ts';

const api = mockClient(ApiGatewayManagementApiClient);
beforeEach(() => void api.reset());

const sockets = createSockets({ connectionsUrl: 'https://live.example.com/live' });
const gone = new GoneException({ message: 'gone', $metadata: {} });

describe('a connection', () => {
  it('is sent a message as JSON', async () => {
    expect(await sockets.post('c1', { type: 'refused', reason: 'Grüße' })).toBe(true);

    expect(api.commandCalls(PostToConnectionCommand).map((call) => call.args[0].input)).toEqual([
      { ConnectionId: 'c1', Data: '{"type":"refused","reason":"Grüße"}' },
    ]);
  });

  it('is open as long as API Gateway knows it', async () => {
    expect(await sockets.isOpen('c1')).toBe(true);

    expect(api.commandCalls(GetConnectionCommand).map((call) => call.args[0].input)).toEqual([
      { ConnectionId: 'c1' },
    ]);
  });

  it('is said to be gone, which is no failure', async () => {
    api.on(PostToConnectionCommand).rejects(gone).on(GetConnectionCommand).rejects(gone);

    expect(await sockets.post('c1', { type: 'pong' })).toBe(false);
    expect(await sockets.isOpen('c1')).toBe(false);
  });

  it.each([
    ['throttles', 'LimitExceededException'],
    ['forbids it', 'ForbiddenException'],
    ['takes too long', 'TimeoutError'],
  ])('is not said to be gone when API Gateway %s', async (_, name) => {
    api.rejects(Object.assign(new Error('not now'), { name }));

    await expect(sockets.post('c1', { type: 'pong' })).rejects.toThrow('not now');
    await expect(sockets.isOpen('c1')).rejects.toThrow('not now');
  });
});
