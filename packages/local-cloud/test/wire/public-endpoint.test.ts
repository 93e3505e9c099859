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
});
