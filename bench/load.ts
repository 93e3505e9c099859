/**
 * `npm run bench -- [--orders 10000] [--at-once 2000] [--clients 50]`: submits orders to a fresh local cloud as fast as
 * it takes them, so many at once, waits until each of those has ended, and goes on; prints what became of them and how
 * the memory went.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ListExecutionsCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { exampleOrder } from '../domain/protocol/order-request.ts';
import type { JobPage } from '../domain/protocol/protocol.ts';
import { startLocalCloud } from '../test/e2e/support/local-cloud.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '10000' },
    'at-once': { type: 'string', default: '2000' },
    clients: { type: 'string', default: '50' },
  },
});
const orders = Number(values.orders);
const atOnce = Number(values['at-once']);
const clients = Number(values.clients);

const cloud = await startLocalCloud('--time-scale', '1');
const stepFunctions = new SFNClient({
  region: 'us-east-1',
  endpoint: cloud.aws,
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
});
const headers = { authorization: `Bearer ${cloud.token}`, 'content-type': 'application/json' };
const rows = [row(0, 0, 0)];
for (let done = 0; done < orders; done += atOnce) {
  const count = Math.min(atOnce, orders - done);
  const begun = performance.now();
  await submit(count);
  const accepted = performance.now();
  await settled();
  const perSecond = (since: number, until: number) => Math.round((count / (until - since)) * 1000);
  rows.push(row(done + count, perSecond(begun, accepted), perSecond(begun, performance.now())));
}
console.table(rows);
console.table(Object.fromEntries(await statuses()));
await cloud.stop();

/** Submits orders with so many clients side by side. */
async function submit(count: number): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (left-- > 0) {
        const body = JSON.stringify(exampleOrder);
        const answer = await fetch(`${cloud.api}/orders`, { method: 'POST', headers, body });
        const text = await answer.text();
        if (answer.status !== 202) throw new Error(`An order was refused: ${answer.status} ${text}`);
      }
    }),
  );
}

/** Waits until no execution runs: cheaper to ask for than the jobs, so that the asking does not show in the figures. */
async function settled(): Promise<void> {
  const { stateMachines = [] } = await stepFunctions.send(new ListStateMachinesCommand());
  for (const { stateMachineArn } of stateMachines) {
    const running = new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1 });
    while ((await stepFunctions.send(running)).executions?.length) await pause(500);
  }
}

/** How many jobs have which status. */
async function statuses(): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let page = await jobs('?limit=100');
  for (;;) {
    for (const { status } of page.items) counts.set(status, (counts.get(status) ?? 0) + 1);
    if (!page.nextCursor) return counts;
    page = await jobs(`?limit=100&cursor=${page.nextCursor}`);
  }
}

/** Asks until there is an answer: a cloud at its limit says 503 now and then. */
async function jobs(query: string): Promise<JobPage> {
  for (;;) {
    const answer = await fetch(`${cloud.api}/orders${query}`, { headers });
    if (answer.ok) return (await answer.json()) as JobPage;
    await answer.body?.cancel();
    await pause(1_000);
  }
}

/** What stands in the table once so many orders have ended; the memory is that of the whole process, resident. */
function row(ended: number, accepted: number, done: number) {
  const rss = Number(
    execFileSync('ps', ['-o', 'rss=', '-p', String(cloud.process.pid)], { encoding: 'utf8' }),
  );
  const memoryMb = Math.round(rss / 1024);
  console.log(`${ended} ended, ${memoryMb} MB`);
  return {
    'orders ended': ended,
    'accepted a second': accepted,
    'done a second': done,
    'memory (MB)': memoryMb,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
