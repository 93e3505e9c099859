import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { isExpressFirst } from '../e2e/support/is-express-first.ts';
import { type LocalCloud, startLocalCloud } from '../e2e/support/local-cloud.ts';
import { local, ordersApi } from '../e2e/support/orders-api.ts';
import { violationsIn } from './accessibility.ts';
import { launchBrowser, type TestBrowser } from './chromium.ts';

let browser: TestBrowser;
/** Of its own: its faults are for this suite alone. */
let cloud: LocalCloud;
let origin: string;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [browser, cloud] = await Promise.all([launchBrowser(), startLocalCloud('--time-scale', '0.0005')]);
  origin = new URL(cloud.api).origin;
});

afterAll(async () => {
  await browser?.stop();
  await cloud?.stop();
});

beforeEach(async () => {
  page = await (await browser.context()).newPage();
  // Only the test's own timeout counts.
  page.setDefaultTimeout(0);
  complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${origin}/_local/`);
});

afterEach(async () => {
  await local('faults', { method: 'DELETE' }, origin);
  await page.close();
});

const press = (button: string) => page.getByRole('button', { name: button, exact: true }).click();

describe('the console', () => {
  it('finds a failed execution by keyboard, says why it failed, and redrives it', async () => {
    const api = await ordersApi(undefined, origin);
    await local(
      'faults',
      {
        method: 'POST',
        body: JSON.stringify({ target: 'lambda:order-creation', effect: 'error' }),
      },
      origin,
    );
    const { jobId } = (await api.submit()).body;
    await page.waitForSelector(`tr:has-text("${jobId}"):has-text("Failed")`);

    await page.keyboard.press('/');
    await page.keyboard.type(jobId.slice(-12));
    await page.waitForSelector(`tbody tr:only-child:has-text("${jobId}")`);
    await page.keyboard.press('Enter');
    await page.waitForSelector(`h1:text-is("${jobId}")`);

    await page.waitForSelector('[aria-label=Error]:has-text("Runtime.InjectedFault")');
    await page.waitForSelector(
      'section[aria-label=Events] tr:has-text("TaskFailed"):has-text("Create order")',
    );
    expect(await violationsIn(page, 'console-execution')).toEqual([]);

    await local('faults', { method: 'DELETE' }, origin);
    await press('Redrive');
    await page.waitForSelector('[role=status]:has-text("Succeeded")');
    await page.waitForSelector('.note:has-text("redriven 1 ×")');
    expect((await api.ending(jobId)).status).toBe('completed');
    // The Content-Security-Policy would complain here, too.
    expect(complaints).toEqual([]);
  });

  it('shows new executions by itself', async () => {
    const api = await ordersApi(undefined, origin);
    // More often than an Express execution tries, whose log is all that is seen of it.
    const fault = { target: 'lambda:payment', effect: 'error', times: 3 };
    await local('faults', { method: 'POST', body: JSON.stringify(fault) }, origin);

    const { jobId } = (await api.submit()).body;

    await page.waitForSelector(`tr:has-text("${jobId}"):has-text("Succeeded")`);
    if (isExpressFirst)
      await page.waitForSelector(
        `section[aria-label="Log of Express executions"] tr:has-text("${jobId}"):has-text("TaskFailed")`,
      );
  });

  it('switches a fault on and off', async () => {
    await page.getByRole('link', { name: 'Faults' }).click();

    await page.getByRole('switch', { name: 'E-mails are refused' }).click();
    await page.waitForSelector('[role=switch][aria-checked=true]:text-is("E-mails are refused")');
    await page.waitForSelector('section[aria-label="Injected faults"] tr:has-text("ses:SendEmail")');
    await page.getByRole('switch', { name: 'E-mails are refused' }).click();

    await page.waitForSelector('[role=switch][aria-checked=false]:text-is("E-mails are refused")');
  });

  it.each([
    ['Executions', 'console-executions'],
    ['Functions and logs', 'console-functions'],
    ['Tables', 'console-tables'],
    ['Queues', 'console-queues'],
    ['WebSockets', 'console-websockets'],
    ['Inbox', 'console-inbox'],
    ['Secrets', 'console-secrets'],
    ['Faults', 'console-faults'],
    ['Usage and price', 'console-usage'],
  ])('is accessible in light and dark: %s', async (title, state) => {
    await page.getByRole('link', { name: title }).click();
    await page.waitForSelector(`main h1:text-is("${title}")`);

    expect(await violationsIn(page, state)).toEqual([]);
  });
});
