import { createReadStream, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshProject, removeProject } from '../../packages/client/test/fresh-project.ts';
import { ready, tokenFor } from '../e2e/support/orders-api.ts';
import { launchBrowser, type TestBrowser } from './chromium.ts';

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** Serves a folder on a free port. */
async function serve(folder: string): Promise<Server> {
  const server = createServer(({ url = '/' }, response) => {
    const file = join(folder, url === '/' ? 'index.html' : url);
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
    return createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('a new project of Vite, React and TypeScript with the packed client', () => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(() => browser?.stop());

  it.each(['18.3.0', '19.3.1'])(
    'shows a live order in 20 lines, with React %s',
    async (react) => {
      const shop = await freshProject(ready.api, await tokenFor(`fresh-${react}`), react);
      const server = await serve(join(shop, 'dist'));
      const page = await browser.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);

      await page.click('text=Buy');

      expect(await page.waitForSelector('progress[title="completed"][value="100"]')).toBeTruthy();
      await page.close();
      server.close();
      removeProject(shop);
    },
    300_000,
  );
});
