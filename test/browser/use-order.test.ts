import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type OrdersServer, startOrdersServer } from '../../packages/client/test/support/orders-server.ts';
import { launchBrowser, type TestBrowser } from './chromium.ts';

/** What functions that run in the page use of it. */
interface PageGlobals {
  readonly accepted: typeof import('./page.ts');
  readonly document: { readonly body: { innerHTML: string }; getElementById(id: string): object | null };
}

let browser: TestBrowser;
let server: OrdersServer;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser?.stop());

afterEach(async () => {
  await page?.close();
  await server?.stop();
});

async function begin(): Promise<void> {
  server = await startOrdersServer();
  page = await browser.open();
}

const shows = (id: string, text: string) => page.waitForSelector(`#${id}:text-is("${text}")`);

describe('useOrder in a page', () => {
  it('watches while it is enabled and mounted, and shows the same everywhere', async () => {
    await begin();
    const job = server.create();
    await page.evaluate(
      ({ baseUrl, job }) => {
        const { accepted, document } = globalThis as unknown as PageGlobals;
        const { createElement, createRoot, OrdersProvider, StrictMode, useOrder, useState } = accepted;
        const client = accepted.createOrdersClient({ baseUrl, token: 'secret' });
        function Order({ id, enabled }: { id: string; enabled: boolean }) {
          const order = useOrder(job, { enabled });
          return createElement('p', { id }, `${order.job?.version} ${order.connection}`);
        }
        function Page() {
          const [state, setState] = useState<'off' | 'on' | 'gone'>('off');
          const buttons = (['off', 'on', 'gone'] as const).map((next) =>
            createElement('button', { key: next, id: next, onClick: () => setState(next) }, next),
          );
          const orders = ['first', 'second'].map((id) =>
            createElement(Order, { key: id, id, enabled: state === 'on' }),
          );
          return createElement('main', null, buttons, state === 'gone' ? undefined : orders);
        }
        document.body.innerHTML = '<div id="root"></div>';
        createRoot(document.getElementById('root') as never).render(
          createElement(StrictMode, null, createElement(OrdersProvider, { client }, createElement(Page))),
        );
      },
      { baseUrl: server.baseUrl, job },
    );

    await shows('first', '1 connecting');
    expect(server.requests).toEqual([]);
    await page.click('#on');
    for (const id of ['first', 'second']) await shows(id, '1 live');
    server.move(job.jobId, { status: 'processing' });
    for (const id of ['first', 'second']) await shows(id, '2 live');
    expect(server.messages).toHaveLength(1);
    await page.click('#off');
    await server.until(() => server.sockets() === 0);
    await page.click('#on');
    await server.until(() => server.sockets() === 1);
    await page.click('#gone');
    await server.until(() => server.sockets() === 0);
  });
});

describe('useOrderHistory in a page', () => {
  it('reads when it is enabled, page by page, and again from the beginning', async () => {
    await begin();
    const [first, second] = [server.create(), server.create()];
    await page.evaluate((baseUrl) => {
      const { accepted, document } = globalThis as unknown as PageGlobals;
      const { createElement, createRoot, OrdersProvider, useOrderHistory, useState } = accepted;
      const client = accepted.createOrdersClient({ baseUrl, token: 'secret' });
      function History() {
        const [enabled, setEnabled] = useState(false);
        const { items, error, isLoading, hasMore, more, refresh } = useOrderHistory({ limit: 1, enabled });
        const state = isLoading ? 'loading' : `${items.length} ${hasMore ? 'and more' : 'in all'}`;
        return createElement(
          'main',
          null,
          createElement('button', { id: 'enable', onClick: () => setEnabled(true) }, 'Enable'),
          createElement('button', { id: 'more', onClick: more }, 'More'),
          createElement('button', { id: 'refresh', onClick: refresh }, 'Refresh'),
          createElement('p', { id: 'state' }, error?.name ?? state),
        );
      }
      document.body.innerHTML = '<div id="root"></div>';
      createRoot(document.getElementById('root') as never).render(
        createElement(OrdersProvider, { client }, createElement(History)),
      );
    }, server.baseUrl);
    const pageOne = { status: 200, body: { items: [first], nextCursor: 'c&1' } };
    server.faults.answers.push(pageOne, { status: 200, body: { items: [second] } }, pageOne);
    const refusal = { status: 400, body: { code: 'invalid_fields', detail: 'The cursor is wrong.' } };
    server.faults.answers.push(refusal);

    await shows('state', '0 in all');
    expect(server.requests).toEqual([]);
    for (const [click, state] of [
      ['enable', '1 and more'],
      ['more', '2 in all'],
      ['refresh', '1 and more'],
      ['more', 'OrderRefusedError'],
    ] as const) {
      await page.click(`#${click}`);
      await shows('state', state);
    }

    expect(server.requests.map(({ url }) => new URL(url, server.baseUrl).search)).toEqual([
      '?limit=1',
      '?limit=1&cursor=c%261',
      '?limit=1',
      '?limit=1&cursor=c%261',
    ]);
  });
});
