import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/** Debian's package puts it there. */
const executablePath = '/usr/bin/chromium';

/** It runs as root in containers, offline, and for seconds. */
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A headless Chromium, and a page for it. */
export interface TestBrowser {
  /** Where the page is: an origin of its own, so that the API's CORS answers matter. */
  readonly origin: string;
  /**
   * Opens a page whose scripts find the exports of `page.ts` as `accepted`, for example in `page.evaluate`.
   *
   * @param url any page, for example one of the API's own origin. It must really be served by this machine: Chromium
   * lets no page of elsewhere, and none that was only put in its way, open sockets to the loopback address.
   * @default the page of `origin`
   */
  open(url?: string, context?: BrowserContext): Promise<Page>;
  /** Storage and cache of their own, which pages may share. */
  context(): Promise<BrowserContext>;
  stop(): Promise<void>;
}

/**
 * Launches Chromium, and serves a page.
 *
 * @throws Error that names the package to install where there is no Chromium
 */
export async function launchBrowser(): Promise<TestBrowser> {
  if (!existsSync(executablePath)) {
    throw new Error(`There is no ${executablePath}: install it with "apt-get install chromium".`);
  }
  const client = await bundledClient();
  const browser = await chromium.launch({ executablePath, args });
  const { origin, close } = await servePage();
  return {
    origin,
    context: () => browser.newContext(),
    async open(url = `${origin}/`, context) {
      const page = await (context ?? browser).newPage();
      // Also after a reload.
      await page.addInitScript({ content: client });
      await page.goto(url);
      return page;
    },
    async stop() {
      await browser.close();
      await close();
    },
  };
}

/** An empty page on a free port. */
async function servePage(): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Accepted</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The client and its hooks as a script that defines `accepted`. */
async function bundledClient(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['test/browser/page.ts'],
    // StrictMode mounts twice in development alone.
    define: { 'process.env.NODE_ENV': '"development"' },
    bundle: true,
    format: 'iife',
    globalName: 'accepted',
    // Playwright runs the script in a scope of its own.
    footer: { js: 'globalThis.accepted = accepted;' },
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
