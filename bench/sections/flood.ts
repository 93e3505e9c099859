import { ListExecutionsCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { type BenchCloud, startBenchCloud } from '../meters/bench-cloud.ts';
import { sideBySide } from '../meters/side-by-side.ts';
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
  const orders = quick ? 60 : 600;
  // Bookkeeping looks every 6 seconds and the sweep every 30, instead of every minute and every 5.
  const cloud = await startBenchCloud(['--time-scale', '0.1']);
  try {
    const perSecond = await quotaFor(cloud);
    await cloud.inject({ target: 'states:StartExecution', effect: 'throttle', perSecond });
    const samples = await sampled(cloud, orders);
    return report(orders, perSecond, samples);
  } finally {
    await cloud.stop();
  }
}

/** A quota that this machine can exceed: AWS's, 300 a second in the large regions, is more than it accepts. */
async function quotaFor(cloud: BenchCloud): Promise<number> {
  const orders = 40;
  const begun = performance.now();
  await sideBySide(orders, 16, () => cloud.submit());
  const acceptedPerSecond = (orders / (performance.now() - begun)) * 1_000;
  await cloud.drained();
  return Math.max(1, Math.round(acceptedPerSecond / excess));
}

async function sampled(cloud: BenchCloud, orders: number): Promise<Sample[]> {
  const acceptedAt = new Map<string, number>();
  const samples: Sample[] = [];
  const begun = performance.now();
  const machine = await workflowOf(cloud);
  const submitting = sideBySide(orders, 16, async () => {
    const { jobId } = await cloud.submit();
    acceptedAt.set(jobId, performance.now());
  });
  const isDone = async () => {
    const started = await startedIn(cloud, machine);
    const now = performance.now();
    const waiting = [...acceptedAt].filter(([jobId]) => !started.has(jobId)).map(([, at]) => now - at);
    const { struck } = await cloud.view<{ struck: Record<string, number> }>('faults');
    samples.push({
      seconds: Math.round((now - begun) / 1000),
      accepted: acceptedAt.size,
      started: acceptedAt.size - waiting.length,
      refused: struck['states:StartExecution: throttle'] ?? 0,
      oldestSeconds: Math.round(Math.max(0, ...waiting) / 1000),
    });
    return acceptedAt.size === orders && waiting.length === 0;
  };
  await until('all orders are started', isDone, { everyMs: 1_000 });
  await submitting;
  return samples;
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

function report(orders: number, perSecond: number, samples: readonly Sample[]): Section {
  const last = samples.at(-1) as Sample;
  const afterwards = samples.filter(({ accepted }) => accepted === orders);
  const [first] = afterwards;
  const seconds = Math.max(1, last.seconds - (first?.seconds ?? 0));
  const drain = (last.started - (first?.started ?? 0)) / seconds;
  const refusals = last.refused / orders;
  const line = (name: string, value: (sample: Sample) => number) => ({
    name,
    points: samples.map((sample) => [sample.seconds, value(sample)] as const),
  });
  const oldest = Math.max(...samples.map(({ oldestSeconds }) => oldestSeconds));
  return {
    title: 'A flood beyond the quota of StartExecution',
    text:
      `${orders} orders, as fast as 16 clients submit them, while StartExecution refuses what exceeds a bucket of ` +
      `${perSecond} that fills at ${perSecond} a second: a quarter of what this machine accepts. Bookkeeping and sweep run ten times as often as on AWS.`,
    tables: [
      {
        title: 'The flood',
        rows: [
          {
            orders,
            'accepted after (s)': first?.seconds ?? last.seconds,
            'all started after (s)': last.seconds,
            'started/s once all were accepted': Math.round(drain * 10) / 10,
            'refused starts an order': Math.round(refusals * 100) / 100,
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
        figure: `flood: started/s beside a quota of ${perSecond}/s`,
        value: Math.round(drain * 10) / 10,
        beside: `${Math.round(refusals * 100) / 100} refused starts an order`,
      },
    ],
  };
}
