import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { exampleOrder } from '../../domain/protocol/order-request.ts';
import { type OrdersServer, startOrdersServer } from '../../packages/client/test/support/orders-server.ts';
import { launchBrowser, type TestBrowser } from './chromium.ts';

/** What functions that run in the page use of it: tests are checked without the types of browsers. */
interface PageGlobals {
  readonly accepted: typeof import('./page.ts');
  readonly document: {
    readonly body: { innerHTML: string };
    getElementById(id: string): { click(): void } | null;
  };
  dispatchEvent(event: Event): void;
}

const completion = {
  status: 'completed',
  progress: 100,
  result: { orderId: 'o-1', orderUrl: '/api/orders/o-1' },
} as const;

let browser: TestBrowser;
let server: OrdersServer;
let context: BrowserContext;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser?.stop());

afterEach(async () => {
  await context?.close();
  await server?.stop();
});

/** A page with a shop: a button that submits an order, and what becomes of it. */
async function aShop(storage: 'sessionStorage' | 'localStorage' | '' = '', page?: Page): Promise<Page> {
  const shop = page ?? (await browser.open(undefined, context));
  await shop.evaluate(
    ({ baseUrl, order, storage }) => {
      const { accepted, document } = globalThis as unknown as PageGlobals;
      const { createElement, createRoot, OrdersProvider, StrictMode, useCreateOrder } = accepted;
      const client = accepted.createOrdersClient({ baseUrl, token: 'secret' });
      function Shop() {
        const { submit, state, job, error, cancel } = useCreateOrder(
          storage ? { storage: globalThis[storage] } : {},
        );
        return createElement(
          'main',
          null,
          createElement('button', { id: 'buy', onClick: () => submit(order) }, 'Buy'),
          createElement('button', { id: 'cancel', onClick: () => cancel() }, 'Cancel'),
          createElement('p', { id: 'state' }, state),
          createElement('p', { id: 'version' }, job?.version),
          createElement('p', { id: 'cancelling' }, String(job && 'cancelling' in job)),
          createElement('p', { id: 'error' }, error?.name),
        );
      }
      document.body.innerHTML = '<div id="root"></div>';
      createRoot(document.getElementById('root') as never).render(
        createElement(StrictMode, null, createElement(OrdersProvider, { client }, createElement(Shop))),
      );
    },
    { baseUrl: server.baseUrl, order: exampleOrder, storage },
  );
  return shop;
}

const shows = (page: Page, id: string, text: string) => page.waitForSelector(`#${id}:text-is("${text}")`);

async function begin(): Promise<void> {
  server = await startOrdersServer();
  context = await browser.context();
}

describe('useCreateOrder in a page', () => {
  it('shows an order live to its end, in StrictMode over one socket', async () => {
    await begin();
    const page = await aShop();
    await shows(page, 'state', 'idle');

    await page.click('#buy');
    await shows(page, 'state', 'queued');
    await server.until(() => server.messages.length === 1);
    const [jobId = ''] = server.jobs.keys();
    server.move(jobId, { status: 'processing' });
    await shows(page, 'state', 'processing');
    await page.click('#cancel');
    await shows(page, 'cancelling', 'true');
    server.move(jobId, completion);
    await shows(page, 'state', 'completed');

    expect(server.requests.filter(({ method }) => method === 'UPGRADE')).toHaveLength(1);
    await server.until(() => server.sockets() === 0);
  });

  it('makes one job of many clicks', async () => {
    await begin();
    const page = await aShop();

    await page.evaluate(() => {
      const { document } = globalThis as unknown as PageGlobals;
      for (let i = 0; i < 5; i++) document.getElementById('buy')?.click();
    });
    await shows(page, 'state', 'queued');
    await page.click('#buy');
    await page.click('#buy');

    await server.until(() => server.messages.length === 1);
    expect(server.jobs.size).toBe(1);
    expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('survives a reload before the answer: the same order makes no second job', async () => {
    await begin();
    const page = await aShop('sessionStorage');
    server.faults.lostAnswers = Number.POSITIVE_INFINITY;
    await page.click('#buy');
    await server.until(() => server.jobs.size === 1);

    await page.reload();
    server.faults.lostAnswers = 0;
    await aShop('sessionStorage', page);
    await shows(page, 'state', 'interrupted');
    await page.click('#buy');
    await shows(page, 'state', 'queued');

    expect(server.jobs.size).toBe(1);
  });

  it('survives a reload after the answer: the job is watched on', async () => {
    await begin();
    const page = await aShop('sessionStorage');
    await page.click('#buy');
    await shows(page, 'state', 'queued');

    await page.reload();
    await aShop('sessionStorage', page);
    const [jobId = ''] = server.jobs.keys();
    await shows(page, 'version', '1');
    server.move(jobId, completion);

    await shows(page, 'state', 'completed');
    expect(server.jobs.size).toBe(1);
  });

  it('makes one job of clicks in two tabs', async () => {
    await begin();
    const [first, second] = [await aShop('localStorage'), await aShop('localStorage')];

    await first.click('#buy');
    await shows(first, 'state', 'queued');
    await second.click('#buy');
    await shows(second, 'state', 'queued');

    expect(server.jobs.size).toBe(1);
  });

  it('makes one job of clicks in three tabs at the same moment', async () => {
    await begin();
    const tabs = [await aShop('localStorage'), await aShop('localStorage'), await aShop('localStorage')];

    const moment = Date.now() + 500;
    const click = async (moment: number) => {
      const { document } = globalThis as unknown as PageGlobals;
      while (Date.now() < moment) await new Promise((resolve) => setTimeout(resolve));
      document.getElementById('buy')?.click();
    };
    await Promise.all(tabs.map((tab) => tab.evaluate(click, moment)));

    for (const tab of tabs) await shows(tab, 'version', '1');
    expect(server.jobs.size).toBe(1);
  });

  it('shows a sign-out in the middle', async () => {
    await begin();
    const page = await aShop();
    await page.click('#buy');
    await server.until(() => server.messages.length === 1);
    await shows(page, 'version', '1');

    const refusal = { status: 401, body: { message: 'Unauthorized' } };
    server.faults.answers.push(refusal, refusal);
    await page.evaluate(() => (globalThis as unknown as PageGlobals).dispatchEvent(new Event('online')));

    await shows(page, 'state', 'error');
    await shows(page, 'error', 'SignedOutError');
  });
});

const attached = { state: 'attached' } as const;

describe('a hundred jobs in a page', () => {
  it('need one socket, one watch a job, and hardly a request', async () => {
    await begin();
    for (let i = 0; i < 100; i++) server.create();
    const page = await browser.open(undefined, context);

    await page.evaluate((baseUrl) => {
      const { accepted, document } = globalThis as unknown as PageGlobals;
      const { createElement, createRoot, OrdersProvider, StrictMode, useOrder, useOrderHistory } = accepted;
      const client = accepted.createOrdersClient({ baseUrl, token: 'secret' });
      function Row({ job }: { job: import('../../packages/client/src/index.ts').StatusDocument }) {
        const order = useOrder(job);
        return createElement('li', { className: `${order.connection} ${order.job?.status}` });
      }
      function List() {
        const { items } = useOrderHistory({ limit: 100 });
        return createElement(
          'ul',
          null,
          items.flatMap((job) => [
            createElement(Row, { key: job.jobId, job }),
            createElement(Row, { key: `${job.jobId} again`, job }),
          ]),
        );
      }
      document.body.innerHTML = '<div id="root"></div>';
      createRoot(document.getElementById('root') as never).render(
        createElement(StrictMode, null, createElement(OrdersProvider, { client }, createElement(List))),
      );
    }, server.baseUrl);
    await page.waitForSelector('ul:not(:has(li:not(.live))) > li:nth-child(200)', attached);
    for (const jobId of server.jobs.keys()) server.move(jobId, completion);
    await page.waitForSelector('ul:not(:has(li:not(.completed)))', attached);

    const methods = server.requests.map(({ method }) => method);
    expect(methods.filter((method) => method === 'UPGRADE')).toHaveLength(1);
    expect(methods.filter((method) => method === 'GET').length).toBeLessThanOrEqual(2);
    expect(server.preflights()).toBeLessThanOrEqual(2);
    expect(server.messages.filter(({ action }) => action === 'subscribe')).toHaveLength(100);
  });
});

/** Watches a job in a page; `ended` is set when its result is there. */
async function watching(page: Page): Promise<string> {
  const job = server.create();
  await page.evaluate(
    ({ baseUrl, job }) => {
      const { accepted } = globalThis as unknown as PageGlobals;
      const state = globalThis as { ended?: unknown };
      const orders = accepted.createOrdersClient({ baseUrl, token: 'secret' });
      orders
        .watch(job)
        .result()
        .then(
          (result) => {
            state.ended = result;
          },
          (error) => {
            state.ended = error.name;
          },
        );
    },
    { baseUrl: server.baseUrl, job },
  );
  await server.until(() => server.messages.length === 1);
  return job.jobId;
}

const ended = (page: Page) =>
  page
    .waitForFunction(() => (globalThis as { ended?: unknown }).ended)
    .then((handle) => handle.jsonValue() as Promise<unknown>);

describe('a page whose clock is wrong', () => {
  it('by two hours, and is set during a wait, watches on', async () => {
    await begin();
    const page = await browser.open(undefined, context);
    await page.evaluate(() => {
      const real = Date.now.bind(Date);
      Object.assign(globalThis, { offset: 7_200_000 });
      Date.now = () => real() + (globalThis as unknown as { offset: number }).offset;
    });
    server.faults.noPush = true;
    const jobId = await watching(page);

    await page.evaluate(() => Object.assign(globalThis, { offset: -7_200_000 }));
    server.move(jobId, completion);

    expect(await ended(page)).toEqual(completion.result);
  });
});

describe('a page that was suspended', () => {
  it('knows what it missed when it is shown again, although its socket is dead', async () => {
    await begin();
    const page = await browser.open(undefined, context);
    const jobId = await watching(page);
    const session = await context.newCDPSession(page);

    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    server.faults.silent = true;
    server.faults.noPush = true;
    server.move(jobId, completion);
    await session.send('Page.setWebLifecycleState', { state: 'active' });

    expect(await ended(page)).toEqual(completion.result);
  });
});

describe('a page that may not see the answers', () => {
  it('is told at once that it may be CORS', async () => {
    await begin();
    server.faults.noCors = true;
    const page = await browser.open(undefined, context);

    const error = await page.evaluate(
      async ({ baseUrl, order }) => {
        const { accepted } = globalThis as unknown as PageGlobals;
        const orders = accepted.createOrdersClient({ baseUrl, token: 'secret' });
        return orders.createOrder(order).then(
          () => '',
          ({ name, message }) => `${name}: ${message}`,
        );
      },
      { baseUrl: server.baseUrl, order: exampleOrder },
    );

    expect(error).toMatch(/^UsageError: .*CORS/);
    expect(error).toContain(browser.origin);
  });
});
