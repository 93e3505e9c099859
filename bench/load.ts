/**
 * `npm run bench -- [--orders 10000] [--clients 50]`: submits orders to a fresh local cloud as fast as it takes them,
 * waits until each has ended, and prints what became of them and how its memory went.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { exampleOrder } from '../domain/order.ts';
import type { AcceptedOrder, JobPage } from '../domain/protocol.ts';
import { startLocalCloud } from '../test/e2e/support/local-cloud.ts';

/** Orders between two looks at the memory. */
const stride = 1_000;

const { values } = parseArgs({
  options: { orders: { type: 'string', default: '10000' }, clients: { type: 'string', default: '50' } },
});
const orders = Number(values.orders);

const cloud = await startLocalCloud('--time-scale', '1');
const origin = new URL(cloud.api).origin;
const headers = { authorization: `Bearer ${cloud.token}`, 'content-type': 'application/json' };
const statuses = new Map<string, number>();
const count = (status: string) => statuses.set(status, (statuses.get(status) ?? 0) + 1);
look(0);

const begun = performance.now();
let left = orders;
let submitted = 0;
await Promise.all(Array.from({ length: Number(values.clients) }, submitSome));
const acceptedMs = performance.now() - begun;
await settled();
const doneMs = performance.now() - begun;

console.table({
  orders,
  'accepted a second': Math.round((orders / acceptedMs) * 1000),
  'done a second': Math.round((orders / doneMs) * 1000),
  ...Object.fromEntries(statuses),
});
await cloud.stop();

async function submitSome(): Promise<void> {
  while (left-- > 0) {
    const answer = await fetch(`${cloud.api}/orders`, {
      method: 'POST',
      headers,
      body: JSON.stringify(exampleOrder),
    });
    if (answer.status !== 202)
      throw new Error(`An order was refused: ${answer.status} ${await answer.text()}`);
    (await answer.json()) as AcceptedOrder;
    if (++submitted % stride === 0) look(submitted);
  }
}

/** Waits until the history knows of no job that is open, then counts all of them. */
async function settled(): Promise<void> {
  for (const status of ['queued', 'processing']) {
    while (await anyIn(status)) {
      look(orders);
      await pause(10_000);
    }
  }
  look(orders);
  let page = await jobs('?limit=100');
  for (;;) {
    for (const job of page.items) count(job.status);
    if (!page.nextCursor) return;
    page = await jobs(`?limit=100&cursor=${page.nextCursor}`);
  }
}

async function anyIn(status: string): Promise<boolean> {
  let page = await jobs(`?status=${status}`);
  while (page.items.length === 0 && page.nextCursor)
    page = await jobs(`?status=${status}&cursor=${page.nextCursor}`);
  return page.items.length > 0;
}

/** Asks until there is an answer: a cloud at its limit says 503 now and then. */
async function jobs(query: string): Promise<JobPage> {
  for (;;) {
    const answer = await fetch(`${origin}/api/orders${query}`, { headers });
    if (answer.ok) return (await answer.json()) as JobPage;
    await answer.body?.cancel();
    await pause(1_000);
  }
}

function look(at: number): void {
  const rssKb = execFileSync('ps', ['-o', 'rss=', '-p', String(cloud.process.pid)], { encoding: 'utf8' });
  console.log(
    `${Math.round(performance.now() / 1000)} s: ${at} accepted, ${Math.round(Number(rssKb) / 1024)} MB resident`,
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
