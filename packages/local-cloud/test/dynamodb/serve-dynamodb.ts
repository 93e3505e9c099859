import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { DynamoDb } from '../../src/dynamodb/dynamodb.ts';
import { AwsError } from '../../src/wire/aws-error.ts';

/** Serves a DynamoDB over HTTP, without asking for permissions. */
export async function serveDynamoDb({ service }: DynamoDb) {
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const headers = request.headers as Record<string, string>;
    try {
      const call = service.read({ method: 'POST', path: '/', query: new URLSearchParams(), headers, body });
      response.end(JSON.stringify(await service.perform(call)));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      response.statusCode = error.status;
      response.end(JSON.stringify({ __type: error.name, message: error.message, ...error.members }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
