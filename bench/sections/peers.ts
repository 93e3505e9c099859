import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Contender, StartContender } from '../contender.ts';
import { percentile } from '../meters/percentile.ts';
import { processUse } from '../meters/processes.ts';
import { sideBySide } from '../meters/side-by-side.ts';
import { until } from '../meters/until.ts';
import type { Section } from '../report/section.ts';
import { startProduct } from './product.ts';

const peers = path.join(import.meta.dirname, '../peers');

/** Clients that submit side by side. */
const clients = 16;

/** Orders of each measurement: as many as take some seconds. */
interface Load {
  /** Seconds of load before anything is measured: engines of JavaScript compile what runs often. */
  readonly warmUpSeconds: number;
  readonly flood: number;
  readonly watched: number;
  readonly crash: number;
}

interface Entry {
  readonly start: StartContender;
  readonly load: Load;
  /** Only its crash is measured. */
  readonly onlyCrash?: true;
}

/** The product, the article's stack and Restate, one after another on this machine. */
export async function comparePeers(quick: boolean): Promise<Section> {
  installPeers();
  const article = await peer<{ startArticle: (folder: string, options?: object) => Promise<Contender> }>(
    'article',
  );
  const restate = await peer<{ startRestate: StartContender }>('restate');
  const load = (flood: number, crash: number): Load =>
    quick
      ? { warmUpSeconds: 1, flood: 40, watched: 5, crash: 30 }
      : { warmUpSeconds: 20, flood, watched: 40, crash };
  const entries: readonly Entry[] = [
    { start: startProduct, load: load(1_000, 300) },
    { start: article.startArticle, load: load(20_000, 3_000) },
    {
      start: (folder) => article.startArticle(folder, { redisSurvives: true }),
      load: load(20_000, 3_000),
      onlyCrash: true,
    },
    { start: restate.startRestate, load: load(3_000, 1_000) },
  ];
  const speeds: Awaited<ReturnType<typeof speedOf>>[] = [];
  const crashes: Awaited<ReturnType<typeof crashOf>>[] = [];
  for (const entry of entries) {
    if (!entry.onlyCrash) speeds.push(await inFolder(entry, speedOf));
    crashes.push(await inFolder(entry, crashOf));
  }
  return {
    title: 'Side by side on this machine',
    text:
      'Each processes the same kind of order: four stages that do nothing, with a status, after 20 seconds of warming up. ' +
      `${clients} clients submit as fast as they are accepted; the load generator takes its share of the processors. ` +
      'The product runs on an emulator of AWS, which executes every AWS call over HTTP with IAM checks on the same two processors: its figures show that the work ' +
      'is done and what it costs here, not how fast it is on AWS, where each call runs on machines of AWS. The crash is a ' +
      'SIGKILL of all processes at once while orders come in, then a restart; it leaves the page cache, so it is kinder than ' +
      'a power cut. *Lost*: answered as accepted, unknown afterwards. *Stuck*: not completed 40 s after the restart. ' +
      '*Doubled*: the payment took effect twice. The stages of the others hand no idempotency key to their payment, as in ' +
      'the samples; with one, a repeated stage would be harmless.',
    tables: [
      { title: 'Speed', rows: speeds },
      { title: 'After a SIGKILL in the middle', rows: crashes },
    ],
    charts: [],
    headlines: speeds.flatMap((row) => [
      { figure: `orders/s end to end, ${row.stack}`, value: row['orders/s'] },
      { figure: `accept p50 (ms) at one client, ${row.stack}`, value: row['accept p50 (ms)'] },
    ]),
  };
}

async function speedOf(contender: Contender, { warmUpSeconds, flood, watched }: Load) {
  const warmAt = performance.now() + warmUpSeconds * 1_000;
  await sideBySide(clients, clients, async () => {
    while (performance.now() < warmAt) await contender.accept();
  });
  await contender.drained();

  const alone = await sideBySide(Math.max(20, watched), 1, contender.accept);
  await contender.drained();
  const lags: number[] = [];
  const orders = await sideBySide(watched, 1, async () => lags.push(...(await contender.watched())));

  const before = processUse(contender.pids());
  const begun = performance.now();
  const accepts = await sideBySide(flood, clients, contender.accept);
  const acceptedIn = performance.now() - begun;
  const { memoryMb } = processUse(contender.pids());
  await contender.drained();
  const seconds = (performance.now() - begun) / 1000;
  const { cpuSeconds } = processUse(contender.pids());
  return {
    stack: contender.name,
    'accept p50 (ms)': rounded(percentile(alone, 0.5)),
    'p99 (ms)': rounded(percentile(alone, 0.99)),
    'watched order p50 (ms)': rounded(percentile(orders, 0.5)),
    'p50 of the flood (ms)': rounded(percentile(accepts, 0.5)),
    'accepted/s': Math.round((flood / acceptedIn) * 1000),
    'orders/s': Math.round(flood / seconds),
    'push lag p50 (ms)': rounded(percentile(lags, 0.5)),
    'memory (MB)': memoryMb,
    'CPU an order (ms)': rounded(((cpuSeconds - before.cpuSeconds) * 1000) / flood),
  };
}

/** Orders come in until half of them are accepted; then all processes are killed. */
async function crashOf(contender: Contender, { crash }: Load) {
  const accepted: string[] = [];
  let isKilled = false;
  const submitting = sideBySide(crash, clients, async () => {
    if (isKilled) return;
    // What was under way when the stack died got no answer, so nobody was promised anything.
    const id = await contender.accept().catch(() => undefined);
    if (id !== undefined) accepted.push(id);
  });
  await until('half of the orders are accepted', () => accepted.length >= crash / 2, { everyMs: 5 });
  isKilled = true;
  await Promise.all([contender.crash(), submitting]);

  const open = new Set(accepted);
  let lost = 0;
  const look = async () => {
    lost = 0;
    for (const id of open) {
      const status = await contender.status(id);
      if (status === 'completed') open.delete(id);
      if (status === 'unknown') lost += 1;
    }
    return open.size === lost;
  };
  await until('all orders ended', look, { everyMs: 500, withinMs: 40_000 }).catch(() => {});
  return {
    stack: contender.name,
    accepted: accepted.length,
    lost,
    stuck: open.size - lost,
    doubled: await contender.doubled(),
  };
}

async function inFolder<Found>(
  { start, load }: Entry,
  measure: (contender: Contender, load: Load) => Promise<Found>,
): Promise<Found> {
  const folder = mkdtempSync(path.join(tmpdir(), 'accepted-bench-'));
  const contender = await start(folder);
  try {
    return await measure(contender, load);
  } finally {
    await contender.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Installs what the lock file of the peers says. @throws Error saying what is missing */
function installPeers(): void {
  try {
    execFileSync('redis-server', ['--version']);
  } catch (cause) {
    throw new Error('redis-server is missing: apt-get install redis-server', { cause });
  }
  if (!existsSync(path.join(peers, 'node_modules')))
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: peers, stdio: 'inherit' });
}

/** Its packages are no dependencies of the product, so it is no import that tools could follow. */
const peer = async <Module>(name: string): Promise<Module> =>
  (await import(pathToFileURL(path.join(peers, name, 'start.ts')).href)) as Module;

const rounded = (value: number): number => Math.round(value * 10) / 10;
