import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anOrder, ready, tokenFor } from '../e2e/support/orders-api.ts';
import { launchBrowser, type TestBrowser } from './chromium.ts';

describe('the client in a browser', () => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(() => browser?.stop());

  it('follows an order to its result, from a page of another origin', async () => {
    const page = await browser.open();

    const ended = await page.evaluate(
      async ({ baseUrl, token, order }) => {
        const { accepted } = globalThis as unknown as {
          accepted: typeof import('../../packages/client/src/index.ts');
        };
        const orders = accepted.createOrdersClient({ baseUrl, token });
        const versions: number[] = [];
        const handle = await orders.createOrder(order, { onUpdate: ({ version }) => versions.push(version) });
        const { orderUrl } = await handle.result();
        const { steps } = await handle.status();
        return { versions, orderUrl, steps };
      },
      {
        baseUrl: ready.api,
        token: await tokenFor('browser-1'),
        order: anOrder({ payment: { token: 'tok_slow' } }),
      },
    );

    expect(ended.orderUrl).toMatch(/^\/api\/orders\/ord_/);
    expect(ended.versions).toEqual([...ended.versions].sort((a, b) => a - b));
    // One version for the accepted order, one for the beginning of each stage, and one for the end.
    expect(ended.versions.at(-1)).toBe(ended.steps.length + 2);
  });
});
