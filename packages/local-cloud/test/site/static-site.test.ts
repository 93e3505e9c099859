import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createStaticSite } from '../../src/site/static-site.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let server: Server;
let url: string;

beforeEach(async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'secret.txt'), 'outside');
  const directory = join(folder, 'dist');
  mkdirSync(directory);
  writeFileSync(join(directory, 'index.html'), '<p>Hello</p>');
  writeFileSync(join(directory, 'app.js'), 'run()');
  const site = createStaticSite({
    directory,
    config: { baseUrl: '/api' },
    headers: { 'content-security-policy': "default-src 'none'" },
  });
  server = createServer((request, response) => {
    if (site.matches(request)) void site.handle(request, response);
    else response.writeHead(404).end('no match');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** `fetch` would clean the path. */
const statusOf = (path: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    httpRequest(url, { path }, (response) => resolve(response.resume().statusCode)).end();
  });

describe('a static site', () => {
  it('serves files with their type and the given headers', async () => {
    const [page, script] = [await fetch(`${url}/?job=1`), await fetch(`${url}/app.js`)];

    expect(await page.text()).toBe('<p>Hello</p>');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toBe("default-src 'none'");
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  it('answers 304 while a file has not changed', async () => {
    const etag = (await fetch(`${url}/app.js`)).headers.get('etag') ?? '';

    const again = await fetch(`${url}/app.js`, { headers: { 'if-none-match': etag } });

    expect(again.status).toBe(304);
  });

  it('answers /config.json with the configuration, which is never stored', async () => {
    const response = await fetch(`${url}/config.json`);

    expect(await response.json()).toEqual({ baseUrl: '/api' });
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it.each(['/../secret.txt', '/%2e%2e/secret.txt', '/%2e%2e%2fsecret.txt', '/nothing', '/%', '/%00'])(
    'answers 404 to %s',
    async (path) => {
      expect(await statusOf(path)).toBe(404);
    },
  );

  it('leaves other methods to others', async () => {
    expect(await (await fetch(url, { method: 'POST' })).text()).toBe('no match');
  });
});
