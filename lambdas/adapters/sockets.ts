import {
  ApiGatewayManagementApiClient,
  GetConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { Sockets } from '../ports/sockets.ts';

/** Connections of the WebSocket API, accessed by the `@connections` API. */
export function createSockets({ connectionsUrl }: { readonly connectionsUrl: string }): Sockets {
  const client = new ApiGatewayManagementApiClient({
    endpoint: connectionsUrl,
    maxAttempts: 4,
    // A connection that hangs must not delay a batch.
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  });

  return {
    post: (ConnectionId, message) =>
      unlessGone(client.send(new PostToConnectionCommand({ ConnectionId, Data: JSON.stringify(message) }))),
    isOpen: (ConnectionId) => unlessGone(client.send(new GetConnectionCommand({ ConnectionId }))),
  };
}

async function unlessGone(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof GoneException) return false;
    throw error;
  }
}
