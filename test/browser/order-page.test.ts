import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrowserContext } from 'playwright-core';
import { type LocalCloud, startLocalCloud } from '../e2e/support/local-cloud.ts';
import { local, tokenFor } from '../e2e/support/orders-api.ts';
import { launchBrowser, type TestBrowser } from './chromium.ts';
import { type OrderPage, openOrderPage, orderPageOn } from './order-page.ts';

let browser: TestBrowser;
/** Of its own: one test kills it. */
let cloud: LocalCloud;
let origin: string;
let context: BrowserContext;

beforeAll(async () => {
  [browser, cloud] = await Promise.all([launchBrowser(), startLocalCloud('--time-scale', '0.0005')]);
  origin = new URL(cloud.api).origin;
});

afterAll(async () => {
  await browser?.stop();
  await cloud?.stop();
});

beforeEach(async () => {
  context = await browser.context();
});

afterEach(async () => {
  await local('faults', { method: 'DELETE' }, origin);
  await context.close();
});

const inject = (fault: object) => local('faults', { method: 'POST', body: JSON.stringify(fault) }, origin);

/** The page with the slow order with which it opens. */
const opened = (): Promise<OrderPage> => openOrderPage(`${origin}/`, context);

/** What exactly one order leaves behind. */
async function provesOne(order: OrderPage): Promise<void> {
  for (const effect of ['charges', 'orders', 'mails', 'jobs']) await order.figure(effect, 1);
}

describe('the order page', () => {
  it('opens with a slow order, and shows every stage to its end and what it left behind', async () => {
    const order = await opened();

    await order.stage('payment', 'in-progress');
    await order.page.waitForSelector('h1:text-matches("^202 Accepted in [0-9]+")');
    await order.page.waitForSelector('.badge-live');
    expect(await order.violations('processing')).toEqual([]);
    await order.phase('completed');

    for (const stage of ['validation', 'payment', 'order-creation', 'email'])
      await order.stage(stage, 'completed');
    await provesOne(order);
    expect(await order.page.textContent('[data-figure=perMillion] dd')).toMatch(/^\$\d+$/);
    expect(await order.violations('completed')).toEqual([]);
    // The Content-Security-Policy would complain here, too.
    expect(order.complaints).toEqual([]);
  });

  it('tells that a card was declined, by an alert', async () => {
    const order = await opened();

    await order.place('tok_declined');
    await order.phase('failed');

    await order.page.waitForSelector('[role=alert]:has-text("The card was declined.")', {
      state: 'attached',
    });
    await order.page.waitForSelector('.outcome-bad:has-text("Nothing was charged.")');
    await order.figure('charges', 0);
    expect(await order.violations('failed')).toEqual([]);
  });

  it('shows what the API refuses at its fields, and goes to the first', async () => {
    const order = await opened();
    await order.page.click('summary');
    await order.page.fill('[name=email]', 'nobody');
    await order.page.fill('[name=quantity]', '0');

    await order.press('Place this order');
    await order.phase('refused');

    await order.page.waitForSelector('#refusal-email:text("Must be an e-mail address.")');
    await order.page.waitForSelector('#refusal-quantity:text("Must be at least 1.")');
    await order.page.waitForSelector('[name=email]:focus');
    expect(await order.violations('refused')).toEqual([]);

    await order.page.fill('[name=email]', 'grace@example.com');
    await order.page.fill('[name=quantity]', '1');
    await order.press('Place this order');
    await order.phase('completed');
  });

  it('survives that the network is gone in the middle', async () => {
    const order = await opened();
    await order.stage('payment', 'in-progress');

    await context.setOffline(true);
    await inject({ target: 'socket', effect: 'drop', times: 1 });
    await order.page.waitForSelector('.badge-offline');
    expect(await order.violations('offline')).toEqual([]);
    await context.setOffline(false);

    await order.phase('completed');
    await provesOne(order);
  });

  it('shows the same order in a second tab', async () => {
    const order = await opened();
    await order.stage('payment', 'in-progress');

    const [tab] = await Promise.all([
      context.waitForEvent('page'),
      order.page.click('text=Open in a second tab'),
    ]);
    const second = orderPageOn(tab);
    await second.phase('completed');
    await order.phase('completed');

    expect(await second.jobId()).toBe(await order.jobId());
    await provesOne(second);
  });

  it('cancels an order, and shows the refund', async () => {
    const order = await opened();
    await order.stage('payment', 'in-progress');

    await order.press('Cancel order');
    await order.phase('cancelling');
    await order.phase('cancelled');

    await order.stage('payment', 'compensated');
    await order.page.waitForSelector('[data-figure=charges]:has-text("1 refunded")');
    await order.figure('mails', 0);
    expect(await order.violations('cancelled')).toEqual([]);
  });

  it('redrives an order that failed although it was tried again and again, and charges nothing again', async () => {
    const order = await opened();
    await order.phase('completed');
    await inject({ target: 'lambda:order-creation', effect: 'error', times: 41 });
    await order.place('tok_visa');
    await order.phase('failed');
    await order.page.waitForSelector('.outcome:has-text("A redrive resumes at the failed stage")');
    expect(await order.violations('redrivable')).toEqual([]);

    await order.press('Redrive');
    await order.phase('completed');

    await provesOne(order);
  });

  it('shows the same order after a reload', async () => {
    const order = await opened();
    await order.stage('payment', 'in-progress');
    const jobId = await order.jobId();

    await order.page.reload();
    await order.phase('completed');

    expect(await order.jobId()).toBe(jobId);
    await provesOne(order);
  });

  it('works by keyboard alone, and says one sentence a stage', async () => {
    const order = await opened();
    await order.phase('completed');
    await order.page.evaluate(() => {
      const { document, MutationObserver } = globalThis as unknown as PageGlobals;
      const said: string[] = [];
      Object.assign(globalThis, { said });
      const region = document.querySelector('.visually-hidden [role=status]');
      new MutationObserver(() => said.push(region?.textContent ?? '')).observe(region, {
        ...{ characterData: true, childList: true, subtree: true },
      });
    });

    const focused = () =>
      order.page.evaluate(() =>
        (globalThis as unknown as PageGlobals).document.activeElement?.getAttribute('data-outcome'),
      );
    while ((await focused()) !== 'tok_slow') await order.page.keyboard.press('Tab');
    await order.page.keyboard.press('Enter');
    await order.stage('payment', 'in-progress');
    await order.phase('completed');

    const said = await order.page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
    expect(said.at(-1)).toBe('The order is completed.');
    expect(new Set(said).size).toBe(said.length);
    expect(said.length).toBeLessThanOrEqual(7);
  });

  it('lists the orders, by status, page by page, and shows an old one', async () => {
    const order = await opened();
    await order.place('tok_declined');
    await order.phase('failed');
    const jobId = await order.jobId();

    await order.page.selectOption('.history select', 'failed');
    await order.page.waitForSelector('.history ul:not(:has(.phase-completed)) .phase-failed');
    await order.place('tok_visa');
    await order.phase('completed');
    await order.page.click('.history .row >> nth=0');

    await order.page.waitForSelector(`.facts code:text-is("${jobId}")`);
    await order.press('Back to my order');
    await order.phase('completed');
  });

  it('proves that an order is done once, whatever is broken', async () => {
    const order = await opened();
    await order.stage('payment', 'in-progress');

    for (const button of ['Crash payment', 'Duplicate the stream', 'Drop the socket', 'Kill the server'])
      await order.press(button);
    await order.phase('completed');
    await provesOne(order);
    await order.page.waitForSelector('.proof:has-text("the server was killed")');
    expect(await order.violations('broken-and-proved')).toEqual([]);

    await order.press('Lose the answer');
    await order.phase('completed');
    await provesOne(order);
  });
});

describe('the order page of a deployed stack', () => {
  /** A tab whose page finds an authorization server, which lets everybody in. */
  async function withSignIn(accessToken: () => Promise<string>): Promise<OrderPage> {
    let nonce = '';
    const at = (path: string) => `${origin}/oauth2/${path}`;
    await context.route(`${origin}/config.json`, (route) =>
      route.fulfill({
        json: {
          baseUrl: '/api',
          signIn: {
            ...{ authorizeUrl: at('authorize'), tokenUrl: at('token'), logoutUrl: at('logout') },
            ...{ clientId: 'shop', scopes: ['openid'] },
          },
        },
      }),
    );
    await context.route(`${at('authorize')}*`, (route) => {
      const { searchParams } = new URL(route.request().url());
      nonce = searchParams.get('nonce') ?? '';
      const location = `${searchParams.get('redirect_uri')}?code=1&state=${searchParams.get('state')}`;
      return route.fulfill({ status: 302, headers: { location } });
    });
    await context.route(at('token'), async (route) => {
      const payload = Buffer.from(JSON.stringify({ nonce })).toString('base64url');
      await route.fulfill({
        json: { access_token: await accessToken(), id_token: `e30.${payload}.`, expires_in: 3600 },
      });
    });
    return openOrderPage(`${origin}/`, context);
  }

  it('lets a user sign in, and places nothing by itself', async () => {
    const order = await withSignIn(() => tokenFor('grace', origin));
    expect(await order.violations('signed-out')).toEqual([]);

    await order.press('Sign in');
    await order.page.waitForSelector('h1:has-text("Place an order")');
    await order.place('tok_visa');
    await order.phase('completed');

    expect(await order.page.locator('.proof').count()).toBe(0);
    expect(new URL(order.page.url()).search).toBe('');
  });

  it('says that the session has expired', async () => {
    const order = await withSignIn(async () => 'stale');
    await order.press('Sign in');

    await order.page.waitForSelector('[role=alert]:has-text("Your session has expired.")');

    expect(await order.violations('expired')).toEqual([]);
  });
});

/** What functions that run in the page use of it: tests are checked without the types of browsers. */
interface PageGlobals {
  readonly document: {
    readonly activeElement: { getAttribute(name: string): string | null } | null;
    querySelector(selector: string): { readonly textContent: string } | null;
  };
  readonly MutationObserver: new (
    callback: () => void,
  ) => { observe(target: unknown, options: object): void };
}
