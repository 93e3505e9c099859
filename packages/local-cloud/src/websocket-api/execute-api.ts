import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import { maxMessageBytes, type WebSocketConnection } from './websocket-connection.ts';
import type { WebSocketStage } from './websocket-gateway.ts';

const operations: Readonly<Record<string, string>> = {
  POST: 'PostToConnection',
  GET: 'GetConnection',
  DELETE: 'DeleteConnection',
};

/**
 * API Gateway's management API, `@connections` of WebSocket APIs, at `<AWS URL>/<stage>`.
 * @param stages The deployed stages by name.
 */
export function executeApi(stages: ReadonlyMap<string, WebSocketStage>): AwsService {
  function connectionOf({ Stage, ConnectionId }: JsonObject): WebSocketConnection {
    const stage = stages.get(String(Stage));
    if (!stage) throw new AwsError('ForbiddenException', `No WebSocket API has a stage ${Stage}`, 403);
    const connection = stage.connections.get(String(ConnectionId));
    if (!connection?.isOpen()) throw new AwsError('GoneException', 'The connection is closed', 410);
    return connection;
  }

  return {
    name: 'execute-api',
    contentType: 'application/json',
    read({ method, path, body }) {
      const [, stage = '', id = ''] = /^\/([^/]+)\/(?:@|%40)connections\/([^/]+)$/.exec(path) ?? [];
      const operation = operations[method];
      if (id === '' || !operation)
        throw new AwsError('ForbiddenException', `The local execute-api has no ${method} ${path}`, 403);
      const [Stage, ConnectionId] = [decodeURIComponent(stage), decodeURIComponent(id)];
      return { operation, input: { Stage, ConnectionId, Method: method, Data: body } };
    },
    permissions({ input: { Stage, ConnectionId, Method } }) {
      const apiId = stages.get(String(Stage))?.apiId ?? 'unknown';
      const path = `${apiId}/${Stage}/${Method}/@connections/${ConnectionId}`;
      const resource = `arn:aws:execute-api:${region}:${account}:${path}`;
      return [{ action: 'execute-api:ManageConnections', resource }];
    },
    async perform({ operation, input }) {
      const { Data } = input;
      const { length } = Data as Buffer;
      if (length > maxMessageBytes) {
        const message = `The message has ${length} bytes; allowed: up to ${maxMessageBytes}`;
        throw new AwsError('PayloadTooLargeException', message, 413);
      }
      const connection = connectionOf(input);
      if (operation === 'PostToConnection') return void connection.send(Data as Buffer);
      if (operation === 'DeleteConnection') return void connection.close(1000, 'Connection Closed Normally');
      const { connectedAt, sourceIp, userAgent } = connection.client;
      return {
        connectedAt: new Date(connectedAt).toISOString(),
        identity: { sourceIp, userAgent },
        lastActiveAt: new Date(connection.lastActiveAt()).toISOString(),
      };
    },
  };
}
