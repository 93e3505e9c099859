import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callLimits } from '../../../../lambdas/adapters/call-limits.ts';
import { refusalOf } from '../../../../lambdas/runtime/problem.ts';

/** A service that takes requests and answers none. */
let requests = 0;
const server = createServer(() => {
  requests++;
});

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('a call of a service that hangs', () => {
  it('fails after three attempts, as a dependency that is down', async () => {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new DynamoDBClient({ ...callLimits, endpoint });

    const error = await client.send(new ListTablesCommand()).catch((reason: unknown) => reason);

    expect(refusalOf(error)).toMatchObject({ code: 'dependency_unavailable', status: 503 });
    expect(requests).toBe(3);
  });
});
