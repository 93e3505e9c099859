import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type PublicEndpoint, startPublicEndpoint } from '../../src/wire/public-endpoint.ts';

let endpoint: PublicEndpoint;
afterEach(() => endpoint.stop());

describe('the public endpoint', () => {
  it('answers 503 until it is open', async () => {
    endpoint = await startPublicEndpoint(0, () => {});
    endpoint.mount({
      matches: () => true,
      handle: async (_, response) => void response.end('mounted'),
    });

    const early = await fetch(endpoint.url);
    endpoint.open({ matches: () => false, handle: async () => {} });
    const late = await fetch(endpoint.url);

    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await late.text()).toBe('mounted');
  });

  it('stops while a request is in flight', async () => {
    endpoint = await startPublicEndpoint(0, () => {});
    const arrived = Promise.withResolvers<void>();
    endpoint.open({ matches: () => true, handle: async () => arrived.resolve() });
    const request = fetch(endpoint.url).catch((error: Error) => error.message);
    await arrived.promise;

    await endpoint.stop();

    expect(await request).toBe('fetch failed');
  });

  it('answers to its own names only', async () => {
    endpoint = await startPublicEndpoint(0, () => {});
    endpoint.open({ matches: () => true, handle: async (_, response) => void response.end('served') });

    const rebound = await request('/api', { host: 'evil.example' });
    const own = await request('/api', { host: 'api.localhost:1234' });

    expect([rebound.status, own.status]).toEqual([403, 200]);
    expect(rebound.body).toContain('Host is \\"evil.example\\"');
  });

  it('refuses upgrades under another name', async () => {
    endpoint = await startPublicEndpoint(0, () => {});
    let isUpgraded = false;
    endpoint.open({
      matches: () => true,
      handle: async () => {},
      upgrade: () => {
        isUpgraded = true;
      },
    });

    const { status } = await request('/live', {
      host: 'evil.example',
      connection: 'upgrade',
      upgrade: 'websocket',
    });

    expect([status, isUpgraded]).toEqual([403, false]);
  });

  it('refuses pages of other origins on control routes, not on deployed APIs', async () => {
    endpoint = await startPublicEndpoint(0, () => {});
    endpoint.open({ matches: () => true, handle: async (_, response) => void response.end('served') });
    const from = async (origin: string, path: string) => (await request(path, { origin })).status;

    expect(await from('https://shop.example', '/api/orders')).toBe(200);
    expect(await from('http://localhost:5173', '/_local/token')).toBe(200);
    expect(await from('https://evil.example', '/_local/token')).toBe(403);
  });

  /** A request with headers that fetch does not let anybody set. */
  async function request(path: string, headers: OutgoingHttpHeaders) {
    const call = httpRequest(`${endpoint.url}${path}`, { headers: { host: 'localhost', ...headers } });
    call.end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    return { status: response.statusCode, body: await text(response) };
  }
});
