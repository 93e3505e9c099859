import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isTerminal } from '../../domain/job/job.ts';
import { type Account, follow, type Shop, submit } from './customer.ts';
import { faults, outage } from './faults.ts';
import { type FragileCloud, startFragileCloud } from './fragile-cloud.ts';
import { createOperator, type Operator } from './operator.ts';
import { type Intent, planOrders } from './plan.ts';
import { whileMoving } from './progress.ts';
import { seededRandom } from './random.ts';
import { storiesOf, strikesOf, tableOf, totalOf } from './report.ts';
import { createSightings } from './sightings.ts';
import { type Evidence, type Finding, judge, unaware } from './verdict.ts';

/** What a run is asked to do. */
export interface ChaosOptions {
  readonly orders: number;
  readonly seed: number;
  /** Orders that meet a stage which fails until their retries are used up: about two and a half minutes. */
  readonly stranded: number;
  /** `KEY=VALUE` for the stack. */
  readonly context: readonly string[];
}

/** So many orders are on their way at the same time: two cores take no more before functions time out by themselves. */
const customers = 10;
/** Given up when nothing at all has changed for so long: twice what the sweep waits before it looks after a job. */
const patienceMs = 120_000;
/** No job changes while an execution spends its retries in vain, which takes so long at most. */
const strandedPatienceMs = 300_000;
/** Faults go on for a while after the last post. */
const aftermathMs = 5_000;

/** What the parts of a run share. */
interface Scene {
  readonly cloud: FragileCloud;
  readonly operator: Operator;
  readonly shop: Shop;
  /** One an order, from the moment when its posts were answered. */
  readonly accounts: Account[];
  readonly following: Promise<void>[];
  readonly say: (text: string) => void;
}

/** What a run found. */
export interface Outcome {
  /** Whether every promise was kept. */
  readonly isKept: boolean;
  readonly findings: readonly Finding[];
  /** How many faults struck. */
  readonly struck: number;
}

/** One run against a cloud of its own. */
export async function runChaos(options: ChaosOptions, say: Scene['say']): Promise<Outcome> {
  const folder = await mkdtemp(path.join(tmpdir(), `chaos-${options.seed}-`));
  say(`${options.orders} orders under faults of every kind; data and log are in ${folder}`);
  const cloud = await startFragileCloud(folder, options);
  let outcome: Outcome;
  try {
    const operator = await createOperator(cloud.aws);
    const closing = new AbortController();
    const sightings = createSightings();
    const shop = { origin: cloud.origin, sightings, operator, closing: closing.signal };
    const scene: Scene = { cloud, operator, shop, accounts: [], following: [], say };
    await storm(options, scene);
    await calm(scene);
    closing.abort();
    await Promise.all(scene.following);
    outcome = await report(scene);
    for (const { watcher } of scene.accounts) watcher?.stop();
  } finally {
    await cloud.stop();
  }
  if (outcome.isKept) await rm(folder, { recursive: true, force: true });
  return outcome;
}

/** Orders are posted while everything fails; when half of them are, the power is cut. */
async function storm({ orders, seed, stranded }: ChaosOptions, scene: Scene): Promise<void> {
  const { cloud, accounts, following, shop, say } = scene;
  const plan = planOrders(orders + stranded, seededRandom(seed));
  await cloud.inject(faults);
  following.push(sell(plan.slice(0, orders), scene));
  const expectPosted = async (count: number) => {
    const look = async () => ({ isDone: accounts.length >= count, signature: await changes(scene) });
    if (await whileMoving(look, patienceMs)) return;
    throw new Error(`Only ${accounts.length} of ${count} orders were posted, and nothing moves any more.`);
  };
  await expectPosted(orders / 2);
  say(`${accounts.length} orders are posted: SIGKILL, and a restart on the same data`);
  await cloud.crash();
  await cloud.inject(faults);
  await expectPosted(orders);
  if (stranded > 0) {
    say(`${stranded} orders more, while a stage fails for everybody until retries are used up`);
    const victims = await strand(plan.slice(orders), scene);
    accounts.push(...victims);
    following.push(...victims.map((account) => follow(account, shop)));
  }
  await pause(aftermathMs);
}

/** Nothing fails any more: waits until the last order has ended, and every watcher knows. */
async function calm(scene: Scene): Promise<void> {
  const { cloud, operator, accounts, say } = scene;
  await cloud.inject([]);
  say('all orders are posted, and the faults are gone: waiting for the last one to end');
  await whileMoving(async () => {
    const jobs = await operator.jobs();
    const open = jobs.filter((job) => !isTerminal(job) || job.error?.redrivable).length;
    const unknowing = unaware({ accounts, jobs }).length;
    return { isDone: open + unknowing === 0, signature: `${await changes(scene)} ${open} ${unknowing}` };
  }, patienceMs);
}

async function report({ cloud, operator, shop, accounts, say }: Scene): Promise<Outcome> {
  const evidence: Evidence = {
    accounts,
    jobs: await operator.jobs(),
    orders: await operator.orders(),
    ledger: await cloud.ledger(),
    inbox: await cloud.inbox(),
    sightings: shop.sightings,
  };
  const findings = judge(evidence);
  const broken = findings.filter(({ isPromise, found }) => isPromise && found.length > 0);
  const struck = await cloud.struck();
  say(`what became of them:\n\n${tableOf(findings)}\n\n${strikesOf(struck)}\n`);
  if (broken.length > 0) say(`broken promises:\n${await storiesOf(broken, operator)}`);
  return { isKept: broken.length === 0, findings, struck: totalOf(struck) };
}

/** Customers, each of whom posts an order, follows it to its end, and comes back with the next. */
async function sell(plan: readonly Intent[], { shop, accounts }: Scene): Promise<void> {
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
async function strand(plan: readonly Intent[], { cloud, operator, shop }: Scene): Promise<Account[]> {
  await cloud.inject(outage);
  const accounts = await Promise.all(plan.map((intent) => submit(intent, shop)));
  const ids = accounts.flatMap(({ accepted }) => [...accepted]);
  await whileMoving(async () => {
    const statuses = await Promise.all(ids.map((jobId) => operator.statusOf(jobId)));
    const isDone = statuses.every((status) => status !== 'RUNNING' && status !== 'none');
    return { isDone, signature: statuses.join() };
  }, strandedPatienceMs);
  await cloud.inject(faults);
  return accounts;
}

/** Differs from what it was when any job has changed. */
async function changes({ operator }: Scene): Promise<string> {
  return String((await operator.jobs()).reduce((sum, { version }) => sum + version, 0));
}
