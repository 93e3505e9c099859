import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { WebSocket as PackageWebSocket } from 'ws';
import { createOrdersClient } from '../src/orders-client.ts';
import { platform } from '../src/platform.ts';
import { aServer, completion, exampleOrder } from './client-fixture.ts';
import { soon } from './support/until.ts';

const globals = globalThis as Record<string, unknown>;

/** Puts values in the place of globals until the test has ended. */
function given(values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    replaced.push([name, Object.getOwnPropertyDescriptor(globals, name)]);
    Object.defineProperty(globals, name, { value, configurable: true, writable: true });
  }
}

const replaced: [string, PropertyDescriptor | undefined][] = [];
afterEach(() => {
  for (const [name, before] of replaced.splice(0).reverse()) {
    if (before) Object.defineProperty(globals, name, before);
    else delete globals[name];
  }
});

describe('the platform', () => {
  it.each([
    ['window', 'online'],
    ['window', 'pageshow'],
    ['document', 'visibilitychange'],
    ['document', 'resume'],
  ])(
    'wakes when the %s says %s, not while the page is hidden, and not after it is stopped',
    (target, type) => {
      const window = new EventTarget();
      const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
      given({
        document,
        addEventListener: window.addEventListener.bind(window),
        removeEventListener: window.removeEventListener.bind(window),
      });
      const wake = jest.fn();
      const happen = () => (target === 'window' ? window : document).dispatchEvent(new Event(type));

      const stop = platform().onWake(wake);
      happen();
      expect(wake).toHaveBeenCalledTimes(1);
      document.visibilityState = 'hidden';
      happen();
      document.visibilityState = 'visible';
      stop();
      happen();

      expect(wake).toHaveBeenCalledTimes(1);
    },
  );

  it('has a clock that setting the time does not move', () => {
    const { now } = platform();
    const before = now();

    given({ Date: { now: () => 0 } });

    expect(now() - before).toBeGreaterThanOrEqual(0);
    expect(now() - before).toBeLessThan(60_000);
  });

  it('waits for as long as a timer can, when it is to wait longer', () => {
    const timer = jest.fn((_run: () => void, _ms: number) => 0);
    given({ setTimeout: timer });

    platform().after(Number.POSITIVE_INFINITY, () => {});

    expect(timer.mock.calls[0]?.[1]).toBe(2_147_483_647);
  });

  it('makes a new key each time, also where there is no crypto', () => {
    given({ crypto: undefined });
    const { newIdempotencyKey } = platform();

    const keys = Array.from({ length: 100 }, newIdempotencyKey);

    expect(new Set(keys).size).toBe(100);
    for (const key of keys) expect(key).toMatch(/^[ -~]{1,255}$/);
  });

  it('takes the fetch and the WebSocket that it is given, and reads those of the platform when it needs them', async () => {
    const server = await aServer();
    const used: string[] = [];
    const { fetch: real } = globalThis;
    const network = (whose: string) => ({
      fetch: (...request: Parameters<typeof fetch>) => {
        used.push(`${whose} fetch`);
        return real(...request);
      },
      WebSocket: class extends PackageWebSocket {
        constructor(url: string) {
          super(url);
          used.push(`${whose} WebSocket`);
        }
      },
    });
    const clients = [network('own'), {}].map((own) =>
      createOrdersClient({ baseUrl: server.baseUrl, token: 't', ...own }),
    );
    given(network('global'));

    for (const orders of clients) {
      const { length } = server.messages;
      const handle = await orders.createOrder(exampleOrder);
      const result = handle.result();
      await server.until(() => server.messages.length > length);
      server.move(handle.jobId, completion);
      await soon(result);
    }

    expect(used).toEqual(['own fetch', 'own WebSocket', 'global fetch', 'global WebSocket']);
  });
});
