import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Stage } from '../../src/api-gateway/api-gateway-kinds.ts';
import { createHttpGateway, type HttpRoute } from '../../src/http-api/http-gateway.ts';
import type { Invocation } from '../../src/lambda/functions.ts';

// biome-ignore lint/suspicious/noExplicitAny: events are untyped JSON
type Event = any;

let events: Event[];
/** What tokens were checked against. */
let rules: object[];
let answer: (event: Event) => Promise<Invocation> | Invocation;
let server: Server | undefined;
let url: string;

const authorizer = {
  identitySource: '$request.header.Authorization',
  issuer: 'https://issuer.example',
  audiences: ['orders'],
};

beforeEach(() => {
  events = [];
  rules = [];
  answer = () => ({ ok: true, payload: { statusCode: 200, body: 'fine' } });
});

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Serves a stage of an API with these routes. */
async function serve(
  routes: readonly Partial<HttpRoute>[],
  stage: Partial<Stage> = {},
  cors?: Parameters<typeof createHttpGateway>[1]['cors'],
): Promise<void> {
  const ports: Parameters<typeof createHttpGateway>[0] = {
    functions: {
      invoke: async (arn: string, event: Event) => {
        events.push({ arn, ...event });
        return answer(event);
      },
    },
    usage: { message: () => {} },
    log: () => {},
    async verify(token, rule) {
      rules.push(rule);
      if (token === 'expired') throw new Error('the token is expired');
      return { sub: token, admin: true, n: 7, groups: ['a', 'b'], scope: 'orders:read openid' };
    },
  };
  const gateway = createHttpGateway(ports, { id: 'a1b2c3', ...(cors && { cors }) });
  for (const route of routes) {
    gateway.addRoute({ key: 'GET /orders', functionArn: 'arn:f', timeoutMs: 30_000, ...route });
  }
  const handler = gateway.stage({
    name: 'api',
    throttling: { ratePerSecond: 1_000, burst: 1_000 },
    ...stage,
  });
  server = createServer((request, response) => {
    if (handler.matches(request)) void handler.handle(request, response);
    else response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends bytes that no HTTP client would. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.end(text));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('close', () => resolve(received));
  });
}

describe('the event of a function', () => {
  it('has payload format 2.0', async () => {
    await serve([{ key: 'POST /orders/{id}' }]);

    const response = await fetch(`${url}/api/orders/a%20b?x=1&x=2&y=%C3%A9`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Cookie: 'one=1; two=2',
        'X-Trace': 'abc',
        'User-Agent': 'test',
      },
      body: '{"é":1}',
    });

    expect(events).toHaveLength(1);
    const { host } = new URL(url);
    expect(events[0]).toEqual({
      arn: 'arn:f',
      version: '2.0',
      routeKey: 'POST /orders/{id}',
      rawPath: '/api/orders/a b',
      rawQueryString: 'x=1&x=2&y=%C3%A9',
      cookies: ['one=1', 'two=2'],
      headers: expect.objectContaining({
        host,
        'content-type': 'application/json',
        'x-trace': 'abc',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
      }),
      queryStringParameters: { x: '1,2', y: 'é' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'a1b2c3',
        domainName: host,
        domainPrefix: '127',
        http: {
          method: 'POST',
          path: '/api/orders/a b',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'test',
        },
        requestId: response.headers.get('apigw-requestid'),
        routeKey: 'POST /orders/{id}',
        stage: 'api',
        time: expect.stringMatching(/^\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2} \+0000$/),
        timeEpoch: expect.any(Number),
      },
      pathParameters: { id: 'a b' },
      body: '{"é":1}',
      isBase64Encoded: false,
    });
    expect(events[0].headers).not.toHaveProperty('cookie');
  });

  it('has only what the request has, and answers at the root for the default stage', async () => {
    await serve([{ key: '$default' }], { name: '$default' });

    await fetch(`${url}/any/where`);

    expect(events[0]).toMatchObject({ routeKey: '$default', rawPath: '/any/where', rawQueryString: '' });
    for (const absent of ['cookies', 'queryStringParameters', 'pathParameters', 'body']) {
      expect(events[0]).not.toHaveProperty(absent);
    }
  });

  it.each([
    ['application/octet-stream', Buffer.from('abc'), true],
    ['application/json', Buffer.from([0x22, 0xff, 0x22]), true],
    ['application/problem+json; charset=utf-8', Buffer.from('{}'), false],
    ['text/plain', Buffer.from('abc'), false],
  ])('carries a body of %s', async (type, body, encoded) => {
    await serve([{ key: 'POST /orders' }]);

    await fetch(`${url}/api/orders`, { method: 'POST', headers: { 'content-type': type }, body });

    expect(events[0]).toMatchObject({
      isBase64Encoded: encoded,
      body: body.toString(encoded ? 'base64' : 'utf8'),
    });
  });
});

describe('the response of a function', () => {
  it('is written as it says', async () => {
    await serve([{}]);
    answer = () => ({
      ok: true,
      payload: {
        statusCode: 202,
        headers: { 'Content-Type': 'application/json', 'Retry-After': 2, 'Content-Length': '999' },
        cookies: ['a=1', 'b=2'],
        body: Buffer.from('{"jobId":"1"}').toString('base64'),
        isBase64Encoded: true,
      },
    });

    const response = await fetch(`${url}/api/orders`);

    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ jobId: '1' });
    expect(response.headers.get('retry-after')).toBe('2');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('apigw-requestid')).toMatch(/^[\w-]{15}=$/);
  });

  it('is 200 with the whole answer when it has no status', async () => {
    await serve([{}]);
    answer = () => ({ ok: true, payload: { hello: 'world' } });

    const response = await fetch(`${url}/api/orders`);

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ hello: 'world' });
  });

  it('has no body with 304', async () => {
    await serve([{}]);
    answer = () => ({ ok: true, payload: { statusCode: 304, headers: { etag: '"3"' }, body: 'ignored' } });

    const response = await fetch(`${url}/api/orders`);

    expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([304, '"3"', '']);
  });

  it.each([
    ['a status that is none', { statusCode: 'abc' }],
    ['a body that is no text', { statusCode: 200, body: { a: 1 } }],
    ['headers that are a text', { statusCode: 200, headers: 'x-c: d' }],
    ['a header of several values', { statusCode: 200, headers: { 'x-c': ['a', 'b'] } }],
    ['cookies that are a text', { statusCode: 200, headers: { 'x-c': 'd' }, cookies: 'a=b' }],
    ['a header that HTTP does not allow', { statusCode: 200, headers: { 'x-a': 'b\r\nx-c: d' } }],
  ])('is 500 for %s', async (_, payload) => {
    await serve([{}]);
    answer = () => ({ ok: true, payload });

    const response = await fetch(`${url}/api/orders`);

    expect([response.status, response.headers.get('x-c')]).toEqual([500, null]);
    expect(await response.json()).toEqual({ message: 'Internal Server Error' });
  });
});

describe('what the gateway answers itself', () => {
  const failing = (kind: 'handled' | 'unhandled' | 'throttled', errorType: string) => () =>
    ({ ok: false, kind, errorType, errorMessage: 'secret' }) as const;

  it.each([
    ['a function that throws', failing('handled', 'Error'), 500, 'Internal Server Error'],
    ['a function that crashes', failing('unhandled', 'Runtime.ExitError'), 500, 'Internal Server Error'],
    ['a throttled function', failing('throttled', 'TooManyRequestsException'), 503, 'Service Unavailable'],
  ])('is the message of AWS for %s, and nothing else', async (_, ending, status, message) => {
    await serve([{}]);
    answer = ending;

    const response = await fetch(`${url}/api/orders`);

    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('retry-after')).toBeNull();
    expect(await response.json()).toEqual({ message });
  });

  it('gives up on a function that is later than the integration allows', async () => {
    await serve([{ timeoutMs: 50 }]);
    answer = () => new Promise(() => {});

    const response = await fetch(`${url}/api/orders`);

    expect(response.status).toBe(503);
  });

  it('answers 404 for a route that is not there', async () => {
    await serve([{}]);

    const response = await fetch(`${url}/api/nothing`, { method: 'POST', body: 'abc' });

    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ message: 'Not Found' });
    expect(response.headers.get('apigw-requestid')).toBeTruthy();
    expect((await fetch(`${url}/apis/orders`)).status).toBe(418);
  });

  it('answers 413 for a body over 10 MB, announced or not', async () => {
    await serve([{ key: 'POST /orders' }]);
    const chunk = new Uint8Array(1024 * 1024);
    const stream = new ReadableStream({
      start(controller) {
        for (let index = 0; index < 11; index += 1) controller.enqueue(chunk);
        controller.close();
      },
    });

    const announced = await fetch(`${url}/api/orders`, {
      method: 'POST',
      body: new Uint8Array(11 * 1024 * 1024),
    });
    const streamed = await fetch(`${url}/api/orders`, {
      method: 'POST',
      body: stream,
      duplex: 'half',
    } as RequestInit);

    expect([announced.status, streamed.status]).toEqual([413, 413]);
    expect(await streamed.json()).toEqual({ message: 'Request Entity Too Large' });
    expect(events).toEqual([]);
  });

  it('throttles each route with its own bucket', async () => {
    await serve([{}, { key: 'GET /free' }], {
      name: 'api',
      throttling: { ratePerSecond: 0.001, burst: 2 },
    });

    const statuses = [];
    for (let index = 0; index < 3; index += 1) statuses.push((await fetch(`${url}/api/orders`)).status);
    const refused = await fetch(`${url}/api/orders`);

    expect(statuses).toEqual([200, 200, 429]);
    expect(await refused.json()).toEqual({ message: 'Too Many Requests' });
    expect((await fetch(`${url}/api/free`)).status).toBe(200);
  });

  it.each([
    ['GET /api/%zz HTTP/1.1', 400],
    ['GET /api/orders%00 HTTP/1.1', 404],
    ['GET /api/orders?%zz=%E0%A4%A HTTP/1.1', 200],
    ['GET /api//orders HTTP/1.1', 404],
    ['BREW /api/orders HTTP/1.1', 400],
    ['GET api/orders HTTP/1.1', 400],
  ])('survives %s', async (line, status) => {
    await serve([{}]);

    const answered = await raw(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`);

    expect(answered).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await fetch(`${url}/api/orders`)).status).toBe(200);
  });
});

describe('JWT authorization', () => {
  const secured = { authorizer, scopes: ['orders:write', 'orders:read'] };

  it('passes claims as text, and the scopes that count', async () => {
    await serve([secured]);

    const response = await fetch(`${url}/api/orders`, { headers: { authorization: 'bearer ada' } });

    expect(response.status).toBe(200);
    expect(rules).toEqual([{ issuer: 'https://issuer.example', audiences: ['orders'] }]);
    expect(events[0].requestContext.authorizer).toEqual({
      jwt: {
        claims: { sub: 'ada', admin: 'true', n: '7', groups: '[a b]', scope: 'orders:read openid' },
        scopes: ['orders:read'],
      },
    });
  });

  it.each([
    ['no token', {}, 'Bearer'],
    ['an empty token', { authorization: 'Bearer ' }, 'Bearer'],
    ['a bad token', { authorization: 'Bearer expired' }, 'Bearer error="invalid_token"'],
  ])('answers 401 for %s', async (_, headers, challenge) => {
    await serve([{ authorizer }]);

    const response = await fetch(`${url}/api/orders`, { headers });

    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, challenge]);
    expect(await response.json()).toEqual({ message: 'Unauthorized' });
    expect(events).toEqual([]);
  });

  it('answers 403 without any of the scopes', async () => {
    await serve([{ authorizer, scopes: ['orders:write'] }]);

    const response = await fetch(`${url}/api/orders`, { headers: { authorization: 'Bearer ada' } });

    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ message: 'Forbidden' });
  });

  it('takes the token from the query where the authorizer says so', async () => {
    await serve([{ authorizer: { ...authorizer, identitySource: '$request.querystring.token' } }]);

    expect((await fetch(`${url}/api/orders?token=ada`)).status).toBe(200);
    expect((await fetch(`${url}/api/orders`)).status).toBe(401);
  });
});

describe('CORS', () => {
  const cors = {
    AllowOrigins: ['https://*'],
    AllowMethods: ['GET'],
    AllowHeaders: ['authorization'],
    MaxAge: 60,
  };

  it('answers preflights itself', async () => {
    await serve([{ authorizer }], {}, cors);

    const response = await fetch(`${url}/api/orders`, {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example', 'access-control-request-method': 'GET' },
    });

    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '60',
      vary: 'origin',
    });
  });

  it.each(['OPTIONS /orders', 'ANY /{proxy+}', '$default'])(
    'leaves preflights to a route that takes them: %s',
    async (key) => {
      await serve([{ key }], {}, cors);
      answer = () => ({ ok: true, payload: { statusCode: 200 } });

      const response = await fetch(`${url}/api/orders`, {
        method: 'OPTIONS',
        headers: { origin: 'https://shop.example', 'access-control-request-method': 'GET' },
      });

      expect(response.status).toBe(200);
      expect(response.headers.get('access-control-allow-methods')).toBe('GET');
      expect(events).toHaveLength(1);
    },
  );

  it('refuses preflights where a route that takes them asks for a token', async () => {
    await serve([{ key: '$default', authorizer }], {}, cors);

    const response = await fetch(`${url}/api/orders`, {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example', 'access-control-request-method': 'GET' },
    });

    expect(response.status).toBe(401);
  });

  it('replaces what the function says, also on refusals', async () => {
    await serve([{ authorizer }], {}, cors);
    answer = () => ({
      ok: true,
      payload: { statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*' } },
    });
    const get = (headers: Record<string, string>) => fetch(`${url}/api/orders`, { headers });

    const allowed = await get({ origin: 'https://shop.example', authorization: 'Bearer ada' });
    const refused = await get({ origin: 'https://shop.example' });
    const foreign = await get({ origin: 'http://shop.example', authorization: 'Bearer ada' });

    const header = 'access-control-allow-origin';
    expect(allowed.headers.get(header)).toBe('https://shop.example');
    expect([refused.status, refused.headers.get(header)]).toEqual([401, 'https://shop.example']);
    expect(foreign.headers.get(header)).toBeNull();
  });
});
