import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isTerminal } from '../../domain/job.ts';
import { type Account, follow, type Shop, submit } from './customer.ts';
import { faults, outage } from './faults.ts';
import { type FragileCloud, startFragileCloud } from './fragile-cloud.ts';
import { createOperator } from './operator.ts';
import { type Intent, planOrders } from './plan.ts';
import { whileMoving } from './progress.ts';
import { seededRandom } from './random.ts';
import { storiesOf, strikesOf, tableOf } from './report.ts';
import { createSightings } from './sightings.ts';
import { judge, unaware } from './verdict.ts';

/** What a run is asked to do. */
export interface ChaosOptions {
  readonly orders: number;
  readonly seed: number;
  /** Orders that meet a stage which fails until their retries are used up: about two and a half minutes. */
  readonly stranded: number;
}

/** So many orders are on their way at the same time: two cores take no more before functions time out by themselves. */
const customers = 10;
/** Given up when nothing at all has changed for so long: twice what the sweep waits before it looks after a job. */
const patienceMs = 120_000;
/** No job changes while an execution spends its retries in vain, which takes so long at most. */
const strandedPatienceMs = 300_000;
/** Faults go on for a while after the last post. */
const aftermathMs = 5_000;

/** One run against a cloud of its own. @returns whether every promise was kept */
export async function runChaos(options: ChaosOptions, say: (text: string) => void): Promise<boolean> {
  const { orders, seed, stranded } = options;
  const folder = await mkdtemp(path.join(tmpdir(), `chaos-${seed}-`));
  const plan = planOrders(orders + stranded, seededRandom(seed));
  const cloud = await startFragileCloud(folder, seed);
  const operator = await createOperator(cloud.aws);
  const sightings = createSightings();
  const closing = new AbortController();
  const shop: Shop = { origin: cloud.origin, sightings, operator, closing: closing.signal };
  say(`${orders} orders under faults of every kind; data and log are in ${folder}`);

  await cloud.inject(faults);
  const accounts: Account[] = [];
  const following = [sell(plan.slice(0, orders), shop, accounts)];
  const changes = async () => (await operator.jobs()).reduce((sum, { version }) => sum + version, 0);
  const posted = (count: number) =>
    whileMoving(
      async () => ({ isDone: accounts.length >= count, signature: `${await changes()}` }),
      patienceMs,
    );
  await posted(orders / 2);
  say(`${accounts.length} orders are posted: SIGKILL, and a restart on the same data`);
  await cloud.crash();
  await cloud.inject(faults);
  await posted(orders);
  if (stranded > 0) {
    say(`${stranded} orders more, while a stage fails for everybody until retries are used up`);
    const victims = await strand(plan.slice(orders), shop, cloud);
    accounts.push(...victims);
    following.push(...victims.map((account) => follow(account, shop)));
  }
  await pause(aftermathMs);
  await cloud.inject([]);
  say('all orders are posted, and the faults are gone: waiting for the last one to end');
  await whileMoving(async () => {
    const jobs = await operator.jobs();
    const open = jobs.filter((job) => !isTerminal(job) || job.error?.redrivable).length;
    const unknowing = unaware({ accounts, jobs }).length;
    return { isDone: open + unknowing === 0, signature: `${await changes()} ${open} ${unknowing}` };
  }, patienceMs);
  closing.abort();
  await Promise.all(following);

  const evidence = {
    accounts,
    jobs: await operator.jobs(),
    orders: await operator.orders(),
    ledger: await cloud.ledger(),
    inbox: await cloud.inbox(),
    sightings,
  };
  const findings = judge(evidence);
  const broken = findings.filter(({ isPromise, found }) => isPromise && found.length > 0);
  say(`what became of them:\n\n${tableOf(findings)}\n\n${strikesOf(await cloud.struck())}\n`);
  if (broken.length > 0) say(`broken promises:\n${await storiesOf(broken, operator)}`);
  for (const { watcher } of accounts) watcher?.stop();
  await cloud.stop();
  if (broken.length === 0) await rm(folder, { recursive: true, force: true });
  return broken.length === 0;
}

/** Customers, each of whom posts an order, follows it to its end, and comes back with the next. */
async function sell(plan: readonly Intent[], shop: Shop, accounts: Account[]): Promise<void> {
  const queue = plan.values();
  const customer = async () => {
    for (const intent of queue) {
      const account = await submit(intent, shop);
      accounts.push(account);
      await follow(account, shop);
      if (shop.closing.aborted) return;
      await pause(intent.thinkMs);
    }
  };
  await Promise.all(Array.from({ length: customers }, customer));
}

/** Posts orders into an outage, and waits until their executions have given up. */
async function strand(plan: readonly Intent[], shop: Shop, cloud: FragileCloud): Promise<Account[]> {
  await cloud.inject(outage);
  const accounts = await Promise.all(plan.map((intent) => submit(intent, shop)));
  const ids = accounts.flatMap(({ accepted }) => [...accepted]);
  await whileMoving(async () => {
    const statuses = await Promise.all(ids.map((jobId) => shop.operator.statusOf(jobId)));
    const isDone = statuses.every((status) => status !== 'RUNNING' && status !== 'none');
    return { isDone, signature: statuses.join() };
  }, strandedPatienceMs);
  await cloud.inject(faults);
  return accounts;
}
