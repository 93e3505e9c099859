import { connect as connectTcp } from 'node:net';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import WebSocket from 'ws';
import { apiGatewayKinds } from '../../src/api-gateway/api-gateway-kinds.ts';
import type { Resource } from '../../src/cloudformation/resource-kind.ts';
import { createWebSocketApis } from '../../src/websocket-api/websocket-api.ts';
import type { ConnectionLimits } from '../../src/websocket-api/websocket-connection.ts';
import { createWebSocketGateway } from '../../src/websocket-api/websocket-gateway.ts';
import { startPublicEndpoint } from '../../src/wire/public-endpoint.ts';
import { credentials, openAwsEndpoint } from '../support/aws-endpoint.ts';
import { arnOf, FakeFunctions, type Handler } from '../support/fake-functions.ts';
import { until } from '../support/until.ts';

interface Event {
  readonly body?: string;
  readonly requestContext: {
    readonly connectionId: string;
    readonly eventType: string;
    readonly routeKey: string;
  };
}

describe('WebSocket gateway', () => {
  let aws: Awaited<ReturnType<typeof openAwsEndpoint>>;
  let front: Awaited<ReturnType<typeof startPublicEndpoint>>;
  let functions: FakeFunctions;
  let received: Event[];
  const clients: WebSocket[] = [];

  async function listen() {
    aws = await openAwsEndpoint();
    front = await startPublicEndpoint(0, () => {});
    front.open({ matches: () => false, handle: async () => {} });
    functions = new FakeFunctions();
    return aws;
  }

  /** Deploys an API with these routes; a route's function is named by its key. */
  async function deploy(routes: Record<string, Handler>, stage = {}) {
    const { faults, usage } = await listen();
    // What still comes in when a test is over belongs to no other.
    const ours = received;
    const { mount, url: publicUrl } = front;
    const { service, protocol } = createWebSocketApis({ functions, faults, usage, log: () => {} });
    aws.add(service);
    const protocols = { HTTP: protocol, WEBSOCKET: protocol };
    const kinds = apiGatewayKinds({ functions, mount, publicUrl }, protocols);
    const create = (type: string, path: string, properties: object) => {
      const kind = kinds.find((candidate) => candidate.type === `AWS::ApiGatewayV2::${type}`);
      return kind?.create({ logicalId: path, type, path, properties, assembly: '' } as Resource) as {
        ref: string;
      };
    };
    const ApiId = create('Api', 'Api', {
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    }).ref;
    for (const [key, handler] of Object.entries(routes)) {
      functions.on(key, (event) => {
        ours.push(event);
        return handler(event);
      });
      const uri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${arnOf(key)}/invocations`;
      const integration = create('Integration', `Integration${key}`, {
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: uri,
      });
      create('Route', `Route${key}`, {
        ApiId,
        RouteKey: key,
        Target: `integrations/${integration.ref}`,
      });
    }
    create('Stage', 'Stage', { ApiId, StageName: 'live', AutoDeploy: true, ...stage });
    return ApiId;
  }

  function dial(query = '', options: WebSocket.ClientOptions = {}, protocols: string[] = []) {
    const client = new WebSocket(`${front.url.replace('http', 'ws')}/live${query}`, protocols, options);
    const frames: string[] = [];
    const state = { client, frames, status: 0, body: '', code: 0 };
    client.on('message', (data) => frames.push(String(data)));
    client.on('error', () => {});
    client.on('close', (code) => {
      state.code = code;
    });
    client.on('unexpected-response', (_, response) => {
      state.status = response.statusCode ?? 0;
      response.on('data', (chunk) => {
        state.body += chunk;
      });
      response.on('end', () => client.terminate());
    });
    clients.push(client);
    return state;
  }

  async function open(query = '', options: WebSocket.ClientOptions = {}) {
    const state = dial(query, options);
    await until(() => state.client.readyState === WebSocket.OPEN);
    return state;
  }

  const idOf = (event: Event | undefined) => String(event?.requestContext.connectionId);
  const events = (type: string) => received.filter(({ requestContext }) => requestContext.eventType === type);
  const management = () =>
    new ApiGatewayManagementApiClient({
      endpoint: `${aws.url}/live`,
      region: 'us-east-1',
      credentials,
      maxAttempts: 1,
    });
  const post = (ConnectionId: string, Data: string) =>
    management().send(new PostToConnectionCommand({ ConnectionId, Data }));
  const ok = () => ({ statusCode: 200 });

  beforeEach(() => {
    received = [];
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.terminate();
    await front.stop();
    await aws.stop();
  });

  it('gives $connect the handshake as a proxy event', async () => {
    const apiId = await deploy({ $connect: ok });

    await open('?ticket=1&ticket=2', { headers: { 'X-Test': 'yes' } });

    expect(received[0]).toMatchObject({
      headers: { 'X-Test': 'yes', Host: front.url.slice('http://'.length) },
      multiValueHeaders: { 'X-Test': ['yes'] },
      queryStringParameters: { ticket: '2' },
      multiValueQueryStringParameters: { ticket: ['1', '2'] },
      requestContext: {
        routeKey: '$connect',
        eventType: 'CONNECT',
        stage: 'live',
        apiId,
        messageDirection: 'IN',
        identity: { sourceIp: '127.0.0.1' },
        connectionId: expect.stringMatching(/^[\w-]{15}=$/),
        connectedAt: expect.any(Number),
        requestId: expect.any(String),
      },
      isBase64Encoded: false,
    });
  });

  it.each([
    ['401', () => ({ statusCode: 401 }), 401],
    ['403', () => ({ statusCode: 403, body: 'no' }), 403],
    ['nothing', () => undefined, 500],
    [
      'an error',
      () => {
        throw new Error('broken');
      },
      500,
    ],
  ])('refuses the handshake when $connect answers %s', async (_, handler, status) => {
    await deploy({
      $connect: (event) => (event.queryStringParameters ? ok() : handler()),
      $disconnect: ok,
    });

    const refused = dial();
    await until(() => refused.client.readyState === WebSocket.CLOSED);
    const later = await open('?welcome=1');
    later.client.close();
    await until(() => events('DISCONNECT').length > 0);

    expect(refused.status).toBe(status);
    expect(JSON.parse(refused.body)).toMatchObject({
      message: expect.any(String),
      requestId: expect.any(String),
    });
    // Had the first one been told of, then before.
    expect(events('DISCONNECT').map(idOf)).toEqual([idOf(events('CONNECT')[1])]);
  });

  it('speaks the subprotocol that $connect chose, and no other', async () => {
    await deploy({
      $connect: ({ headers }) =>
        headers['X-Choose'] ? { ...ok(), headers: { 'Sec-WebSocket-Protocol': 'two' } } : ok(),
    });

    const chosen = dial('', { headers: { 'X-Choose': '1' } }, ['one', 'two']);
    await until(() => chosen.client.readyState === WebSocket.OPEN);

    expect(chosen.client.protocol).toBe('two');
  });

  it('selects routes by the action, and otherwise $default', async () => {
    await deploy({ $default: ok, ping: ok });
    const { client } = await open();

    client.send('{"action":"ping"}');
    await until(() => received.length === 1);
    client.send('{"action":"unheard"}');
    await until(() => received.length === 2);
    client.send('not JSON');
    await until(() => received.length === 3);

    expect(received.map(({ requestContext }) => requestContext.routeKey)).toEqual([
      'ping',
      '$default',
      '$default',
    ]);
    expect(received[2]).toMatchObject({
      body: 'not JSON',
      isBase64Encoded: false,
      requestContext: {
        eventType: 'MESSAGE',
        messageId: expect.any(String),
        extendedRequestId: expect.any(String),
      },
    });
  });

  it('lets no message select the routes of the connection itself', async () => {
    await deploy({ $connect: ok, $disconnect: ok, $default: ok });
    const { client } = await open();

    client.send('{"action":"$connect"}');
    client.send('{"action":"$disconnect"}');
    await until(() => received.length === 3);

    expect(received.slice(1).map(({ requestContext }) => requestContext.routeKey)).toEqual([
      '$default',
      '$default',
    ]);
  });

  it('tells the client when no route takes its message, or its function fails', async () => {
    await deploy({
      $connect: ok,
      bad: () => {
        throw new Error('broken');
      },
    });
    const { client, frames } = await open();

    client.send('{"action":"unheard"}');
    await until(() => frames.length === 1);
    client.send('{"action":"bad"}');
    await until(() => frames.length === 2);

    const connectionId = idOf(received[0]);
    expect(frames.map((frame) => JSON.parse(frame))).toEqual([
      { message: 'Forbidden', connectionId, requestId: expect.any(String) },
      { message: 'Internal server error', connectionId, requestId: expect.any(String) },
    ]);
  });

  it.each(['?__proto__=x', '?constructor=y&__proto__=a&__proto__=b', '?toString=1'])(
    'takes a handshake with the query %s',
    async (query) => {
      await deploy({ $connect: ok });

      await open(query);

      const [event] = received as unknown as { queryStringParameters: object; headers: object }[];
      expect(Object.fromEntries(new URLSearchParams(query))).toEqual({ ...event?.queryStringParameters });
      expect(Object.keys(event?.queryStringParameters ?? {})).toContain(
        query.includes('__proto__') ? '__proto__' : 'toString',
      );
    },
  );

  it('takes a handshake with the header __proto__', async () => {
    await deploy({ $connect: ok });

    await open('', { headers: { __proto__x: '1', ['__proto__']: 'x' } });

    expect(received).toHaveLength(1);
  });

  it('selects no route for names that every object has', async () => {
    await deploy({ $default: ok, ping: ok });
    const { client } = await open();

    for (const action of ['__proto__', 'constructor', 'toString']) client.send(JSON.stringify({ action }));
    client.send('{"__proto__":{"action":"ping"}}');
    client.send('[]');
    await until(() => received.length === 5);

    expect(received.map(({ requestContext }) => requestContext.routeKey)).toEqual(Array(5).fill('$default'));
  });

  it('runs messages of one connection side by side', async () => {
    const release = Promise.withResolvers<void>();
    await deploy({
      slow: async () => {
        await release.promise;
        return ok();
      },
      fast: ok,
    });
    const { client } = await open();

    client.send('{"action":"slow"}');
    client.send('{"action":"fast"}');
    await until(() => received.length === 2);

    release.resolve();
  });

  it('posts, describes and deletes a connection', async () => {
    await deploy({ $connect: ok, $disconnect: ok });
    const state = await open();
    const ConnectionId = idOf(received[0]);

    await post(ConnectionId, 'hello');
    await until(() => state.frames.length === 1);
    const found = await management().send(new GetConnectionCommand({ ConnectionId }));
    await management().send(new DeleteConnectionCommand({ ConnectionId }));
    await until(() => events('DISCONNECT').length === 1);

    expect(state.frames).toEqual(['hello']);
    expect(found.ConnectedAt ?? (found as { connectedAt?: Date }).connectedAt).toBeInstanceOf(Date);
    expect(found.Identity).toMatchObject({ SourceIp: '127.0.0.1' });
    expect(state.code).toBe(1000);
    await expect(post(ConnectionId, 'late')).rejects.toMatchObject({ name: 'GoneException' });
  });

  it('answers 410 for an unknown connection, and while $connect has not returned', async () => {
    const release = Promise.withResolvers<void>();
    await deploy({
      async $connect() {
        await release.promise;
        return ok();
      },
    });
    const { client } = dial();
    await until(() => received.length === 1);

    await expect(post('bm9ib2R5c29tZT0=', 'x')).rejects.toMatchObject({ name: 'GoneException' });
    await expect(post(idOf(received[0]), 'x')).rejects.toMatchObject({ name: 'GoneException' });

    release.resolve();
    await until(() => client.readyState === WebSocket.OPEN);
    await until(() =>
      post(idOf(received[0]), 'x').then(
        () => true,
        () => false,
      ),
    );
  });

  it('takes a message of 128 KB to a client and refuses a larger one', async () => {
    await deploy({ $connect: ok });
    const { frames } = await open();

    await post(idOf(received[0]), 'x'.repeat(128 * 1024));
    await until(() => frames.length === 1);

    await expect(post(idOf(received[0]), 'x'.repeat(128 * 1024 + 1))).rejects.toMatchObject({
      name: 'PayloadTooLargeException',
    });
  });

  it('lets a role manage what its policy names, and nothing else', async () => {
    const apiId = await deploy({ $connect: ok });
    const role = 'arn:aws:iam::000000000000:role/Pusher';
    const arn = `arn:aws:execute-api:us-east-1:000000000000:${apiId}/live/POST/@connections/*`;
    aws.access.attach(role, [{ Effect: 'Allow', Action: 'execute-api:ManageConnections', Resource: arn }]);
    await open();
    const client = new ApiGatewayManagementApiClient({
      endpoint: `${aws.url}/live`,
      region: 'us-east-1',
      credentials: { accessKeyId: aws.access.accessKeyFor(role), secretAccessKey: 'x' },
      maxAttempts: 1,
    });
    const ConnectionId = idOf(received[0]);

    await client.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' }));

    await expect(client.send(new DeleteConnectionCommand({ ConnectionId }))).rejects.toThrow(
      'not authorized',
    );
  });

  it('closes with 1009 when a frame is above 32 KB, and joins smaller frames up to 128 KB', async () => {
    await deploy({ $default: ok });
    const large = await open();
    const joined = await open();

    large.client.send('x'.repeat(32 * 1024 + 1));
    for (let i = 0; i < 4; i++) joined.client.send('y'.repeat(32 * 1024), { fin: i === 3 });
    await until(() => large.code === 1009 && received.length === 1);

    expect(received[0]?.body).toHaveLength(128 * 1024);
    for (let i = 0; i < 5; i++) joined.client.send('y'.repeat(32 * 1024), { fin: i === 4 });
    await until(() => joined.code === 1009);
    expect(received).toHaveLength(1);
  });

  it('closes with 1003 when a client sends binary data', async () => {
    await deploy({ $default: ok });
    const state = await open();

    state.client.send(Buffer.from([1, 2]));

    await until(() => state.code === 1003);
    expect(received).toEqual([]);
  });

  it('tells $disconnect how a connection ended, also when it just broke', async () => {
    await deploy({ $connect: ok, $disconnect: ok });
    const polite = await open();
    const abrupt = await open();

    polite.client.close(1000, 'bye');
    await until(() => events('DISCONNECT').length === 1);
    abrupt.client.terminate();
    await until(() => events('DISCONNECT').length === 2);

    expect(events('DISCONNECT').map(({ requestContext }) => requestContext)).toMatchObject([
      { routeKey: '$disconnect', disconnectStatusCode: 1000, disconnectReason: 'bye' },
      { disconnectStatusCode: 1006 },
    ]);
  });

  describe('in time', () => {
    /** Serves a stage that ends connections sooner than AWS does; time is shrunken, and must not matter. */
    async function serve(limits: ConnectionLimits): Promise<void> {
      const { faults, usage } = await listen();
      const ports = { functions, faults, usage, log: () => {} };
      const gateway = createWebSocketGateway(ports, { id: 'a1', selection: ['action'] }, limits);
      gateway.addRoute({
        key: '$default',
        functionArn: arnOf('$default'),
        timeoutMs: 1_000,
      });
      functions.on('$default', ok);
      front.mount(gateway.stage({ name: 'live', throttling: { ratePerSecond: 1_000, burst: 1_000 } }));
    }

    it('ends idle connections', async () => {
      await serve({ idleMs: 100, ageMs: 3_600_000 });
      const begun = Date.now();
      const state = await open();

      await until(() => state.code === 1001);

      expect(Date.now() - begun).toBeGreaterThanOrEqual(100);
    });

    it('ends even busy connections once they are old', async () => {
      await serve({ idleMs: 400, ageMs: 600 });
      const begun = Date.now();
      const state = await open();

      await until(() => {
        if (state.client.readyState === WebSocket.OPEN) state.client.send('x');
        return state.code === 1001;
      });

      expect(Date.now() - begun).toBeGreaterThanOrEqual(600);
    });
  });

  it('drops sockets without a close frame when told to', async () => {
    await deploy({ $connect: ok, $disconnect: ok });
    const state = await open();

    aws.faults.add({ target: 'socket', effect: 'drop', times: 1 });
    await post(idOf(received[0]), 'lost');
    await until(() => state.client.readyState === WebSocket.CLOSED);

    expect(state.code).toBe(1006);
    expect(state.frames).toEqual([]);
    aws.faults.add({ target: 'socket', effect: 'drop', times: 1 });
    const next = dial();
    await until(() => next.code === 1006);
  });

  it('limits each route as the stage says', async () => {
    await deploy(
      { $connect: ok, $default: ok, ping: ok },
      {
        DefaultRouteSettings: { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 1 },
      },
    );
    const { client, frames } = await open();

    for (const text of ['1', '{"action":"ping"}', '2']) client.send(text);
    await until(() => frames.length === 1);
    expect(received.slice(1).map(({ requestContext }) => requestContext.routeKey)).toEqual([
      '$default',
      'ping',
    ]);
    const refused = dial();
    await until(() => refused.status === 429);

    expect(JSON.parse(frames[0] ?? '')).toMatchObject({ message: 'Too Many Requests' });
  });

  it('answers a plain request and half a handshake with a refusal', async () => {
    await deploy({ $connect: ok });

    const plain = await fetch(`${front.url}/live`);
    const { port } = new URL(front.url);
    const half = await new Promise<string>((resolve) => {
      const socket = connectTcp(Number(port), '127.0.0.1');
      socket.on('data', (data) => resolve(String(data)));
      socket.write('GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    });

    expect(plain.status).toBe(426);
    expect(half).toContain('HTTP/1.1 4');
    expect(received).toEqual([]);
  });
});
