import { ListExecutionsCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { type BenchCloud, startBenchCloud } from '../meters/bench-cloud.ts';
import { percentile } from '../meters/percentile.ts';
import { sideBySide } from '../meters/side-by-side.ts';
import { sum } from '../meters/sum.ts';
import { until } from '../meters/until.ts';
import type { Section } from '../report/section.ts';

/** How much faster orders are accepted than StartExecution takes them. */
const excess = 4;

interface Sample {
  readonly seconds: number;
  readonly accepted: number;
  readonly started: number;
  readonly refused: number;
  readonly oldestSeconds: number;
}

/** More orders than StartExecution takes, as fast as they are accepted. */
export async function flood(quick: boolean): Promise<Section> {
  const orders = quick ? 60 : 1_000;
  // Bookkeeping looks every 6 seconds and the sweep every 30, instead of every minute and every 5.
  const cloud = await startBenchCloud(['--time-scale', '0.1']);
  try {
    const calm = await accepts(cloud, quick ? 20 : 200);
    await cloud.drained();
    // AWS's quota, 300 a second in the large regions, is more than this machine accepts.
    const perSecond = Math.max(1, Math.round(calm.perSecond / excess));
    await cloud.inject({ target: 'states:StartExecution', effect: 'throttle', perSecond });
    const { samples, accepted } = await sampled(cloud, orders);
    return report({ orders, perSecond, samples, calmMs: calm.p50, floodMs: accepted.p50 });
  } finally {
    await cloud.stop();
  }
}

/** Orders as fast as 16 clients submit them. */
async function accepts(cloud: BenchCloud, orders: number, onAccepted: (jobId: string) => void = () => {}) {
  const begun = performance.now();
  const durations = await sideBySide(orders, 16, async () => onAccepted((await cloud.submit()).jobId));
  return { p50: percentile(durations, 0.5), perSecond: (orders / (performance.now() - begun)) * 1_000 };
}

async function sampled(cloud: BenchCloud, orders: number) {
  const acceptedAt = new Map<string, number>();
  const samples: Sample[] = [];
  const begun = performance.now();
  const machine = await workflowOf(cloud);
  const submitting = accepts(cloud, orders, (jobId) => acceptedAt.set(jobId, performance.now()));
  const isDone = async () => {
    const started = await startedIn(cloud, machine);
    const now = performance.now();
    const waiting = [...acceptedAt].filter(([jobId]) => !started.has(jobId)).map(([, at]) => now - at);
    const { struck } = await cloud.view<{ struck: Record<string, number> }>('faults');
    samples.push({
      seconds: Math.round((now - begun) / 100) / 10,
      accepted: acceptedAt.size,
      started: acceptedAt.size - waiting.length,
      refused: struck['states:StartExecution: throttle'] ?? 0,
      oldestSeconds: Math.round(Math.max(0, ...waiting) / 1000),
    });
    return acceptedAt.size === orders && waiting.length === 0;
  };
  await until('all orders are started', isDone, { everyMs: 1_000 });
  return { samples, accepted: await submitting };
}

async function workflowOf({ stepFunctions }: BenchCloud): Promise<string | undefined> {
  const { stateMachines = [] } = await stepFunctions.send(new ListStateMachinesCommand());
  return stateMachines.find(({ name }) => /workflow/i.test(name ?? ''))?.stateMachineArn;
}

/** The names of all executions, which are the ids of the jobs. */
async function startedIn({ stepFunctions }: BenchCloud, stateMachineArn: string | undefined) {
  const names = new Set<string>();
  let nextToken: string | undefined;
  do {
    const page = await stepFunctions.send(
      new ListExecutionsCommand({ stateMachineArn, maxResults: 1_000, ...(nextToken && { nextToken }) }),
    );
    for (const { name } of page.executions ?? []) names.add(name ?? '');
    nextToken = page.nextToken;
  } while (nextToken);
  return names;
}

interface Measured {
  readonly orders: number;
  /** The quota of StartExecution. */
  readonly perSecond: number;
  readonly samples: readonly Sample[];
  /** Median duration of a post before the flood and in it, in milliseconds. */
  readonly calmMs: number;
  readonly floodMs: number;
}

/** Starts a second, counting only the seconds in which something was started. */
function paceOf(samples: readonly Sample[]): number {
  const steps = samples.slice(1).map((sample, n) => {
    const before = samples[n] as Sample;
    return { started: sample.started - before.started, seconds: sample.seconds - before.seconds };
  });
  const busy = steps.filter(({ started }) => started > 0);
  return sum(busy.map(({ started }) => started)) / Math.max(1, sum(busy.map(({ seconds }) => seconds)));
}

function report({ orders, perSecond, samples, calmMs, floodMs }: Measured): Section {
  const last = samples.at(-1) as Sample;
  const afterwards = samples.filter(({ accepted }) => accepted === orders);
  const [first] = afterwards;
  const pace = Math.round(paceOf(afterwards) * 10) / 10;
  const refusals = Math.round((last.refused / orders) * 100) / 100;
  const line = (name: string, value: (sample: Sample) => number) => ({
    name,
    points: samples.map((sample) => [sample.seconds, value(sample)] as const),
  });
  const oldest = Math.max(...samples.map(({ oldestSeconds }) => oldestSeconds));
  return {
    title: 'A flood beyond the quota of StartExecution',
    text:
      `${orders} orders, as fast as 16 clients submit them, while StartExecution refuses what exceeds a bucket of ` +
      `${perSecond} that fills at ${perSecond} a second: a quarter of what this machine accepts. Bookkeeping and sweep run ` +
      'ten times as often as on AWS; what they find waiting they start as fast as StartExecution takes it. Between them it may ' +
      'stand still: *started/s while it drains* counts the seconds in which something was started.',
    tables: [
      {
        title: 'The flood',
        rows: [
          {
            orders,
            'accept p50 before (ms)': Math.round(calmMs),
            'accept p50 in the flood (ms)': Math.round(floodMs),
            'accepted after (s)': first?.seconds ?? last.seconds,
            'started by then': first?.started ?? last.started,
            'all started after (s)': last.seconds,
            'quota (starts/s)': perSecond,
            'started/s while it drains': pace,
            'refused starts an order': refusals,
            'oldest unstarted (s)': oldest,
          },
        ],
      },
    ],
    charts: [
      {
        name: 'flood',
        title: `A flood beyond StartExecution's quota of ${perSecond} a second`,
        x: { label: 'seconds', scale: 'linear' },
        y: { label: 'orders', scale: 'linear' },
        series: [
          line('accepted', ({ accepted }) => accepted),
          line('started', ({ started }) => started),
          line('refused starts', ({ refused }) => refused),
        ],
      },
      {
        name: 'flood-age',
        title: 'Age of the oldest order that is accepted and not started',
        x: { label: 'seconds', scale: 'linear' },
        y: { label: 'seconds', scale: 'linear' },
        series: [line('oldest', ({ oldestSeconds }) => oldestSeconds)],
      },
    ],
    headlines: [
      {
        figure: `flood: started/s while it drains, with a quota of ${perSecond}/s`,
        value: pace,
        beside: `${refusals} refused starts an order`,
      },
    ],
  };
}
