/** `npm run screenshots`: makes the pictures of the README anew. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { startLocalCloud } from '../e2e/support/local-cloud.ts';
import { launchBrowser } from './chromium.ts';
import { openOrderPage } from './order-page.ts';

const images = path.join(import.meta.dirname, '../../docs/images');

async function main(): Promise<void> {
  mkdirSync(images, { recursive: true });
  const [browser, cloud] = await Promise.all([launchBrowser(), startLocalCloud('--time-scale', '1')]);
  const origin = new URL(cloud.api).origin;
  try {
    const context = await browser.context();
    const order = await openOrderPage(`${origin}/`, context);
    const picture = (name: string) =>
      ({ path: path.join(images, `${name}.png`), animations: 'disabled' }) as const;
    await order.page.setViewportSize({ width: 1180, height: 800 });
    // The first order of a new process waits for all functions to load.
    await order.phase('completed');

    await order.place('tok_slow');
    await order.stage('payment', 'in-progress');
    await order.page.waitForSelector('.badge-live');
    await order.page.screenshot(picture('page'));

    for (const button of ['Crash payment', 'Duplicate the stream', 'Drop the socket', 'Kill the server'])
      await order.press(button);
    await order.phase('completed');
    for (const effect of ['charges', 'orders', 'mails', 'jobs']) await order.figure(effect, 1);
    await order.page.locator('.stack').first().screenshot(picture('broken-and-proved'));

    const { page } = order;
    await page.goto(`${origin}/_local/`);
    await page.click('td a >> nth=0');
    await page.waitForSelector('svg');
    await page.screenshot(picture('console'));
  } finally {
    await browser.stop();
    await cloud.stop();
  }
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
