import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { OperatorResults } from '../../domain/operator/operator-protocol.ts';
import { isExpressFirst } from './support/is-express-first.ts';
import { type LocalCloud, startLocalCloud } from './support/local-cloud.ts';
import { needing } from './support/needing.ts';
import { opsOn } from './support/ops.ts';
import { local, ordersApi } from './support/orders-api.ts';

const describe = needing('a local cloud of its own');

/** Thirty orders with all their retries, on a machine that others keep busy. */
const patience = 300_000;

/** Faults strike whoever is near, so this suite has a cloud of its own. */
let cloud: LocalCloud;
let origin: string;
let ops: ReturnType<typeof opsOn>;

beforeAll(async () => {
  // Forty retries in seconds.
  cloud = await startLocalCloud('--time-scale', '0.0005');
  origin = new URL(cloud.api).origin;
  ops = opsOn(cloud.aws);
});

afterAll(() => cloud.stop());

const inject = (fault: object) =>
  local(
    'faults',
    { method: 'POST', body: JSON.stringify(fault), headers: { 'content-type': 'application/json' } },
    origin,
  );

const until = async (holds: () => Promise<boolean>) => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
};

/** The ids of the jobs that `ls` finds, oldest first. */
const found = async (...filter: readonly string[]): Promise<string[]> => {
  const { jobs } = await ops.json<OperatorResults['list']>('ls', ...filter);
  return jobs.map(({ jobId }) => jobId).sort();
};

const number = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n);

/** Orders of one owner each, with a reference by their number; resolves to their job ids. */
async function submit(numbers: readonly number[], changes: object = {}): Promise<string[]> {
  const answers = numbers.map(async (n) => {
    const api = await ordersApi(`owner-${n}`, origin);
    const { body } = await api.submit({
      email: `customer-${n}@example.com`,
      reference: `order ${n}`,
      ...changes,
    });
    return body.jobId;
  });
  return (await Promise.all(answers)).sort();
}

/** Waits until `ls` shows so many orders. */
const untilFound = (count: number, ...filter: readonly string[]) =>
  until(async () => (await found(...filter)).length === count);

describe('an operator with nothing but the tool', () => {
  let unpaid: string[];
  let uncreated: string[];
  let hung: string[];
  let declined: string[];

  it(
    'finds thirty orders in trouble: by status, stage, owner, reference and e-mail address',
    async () => {
      // Both fail until all retries are used up, at the same time.
      await inject({ target: 'lambda:order-creation', effect: 'error', probability: 1 });
      uncreated = await submit(number(12, 10));
      await untilFound(10, '--stage', 'order-creation');
      await inject({ target: 'lambda:payment', effect: 'error', probability: 1 });
      unpaid = await submit(number(0, 12));
      await untilFound(10, '--status', 'failed', '--stage', 'order-creation');
      await untilFound(12, '--status', 'failed', '--stage', 'payment');
      await local('faults', { method: 'DELETE' }, origin);
      declined = await submit(number(22, 4), { payment: { token: 'tok_declined' } });
      await untilFound(0, '--status', 'queued');
      await untilFound(0, '--status', 'processing');
      await inject({ target: 'lambda:order-creation', effect: 'hang', probability: 1 });
      hung = await submit(number(26, 4));
      await untilFound(4, '--status', 'processing', '--stage', 'order-creation');

      expect(await found()).toEqual([...unpaid, ...uncreated, ...hung].sort());
      expect(await found('--status', 'failed', '--stage', 'payment')).toEqual(unpaid);
      expect(await found('--status', 'failed', '--since', '1h')).toEqual([...unpaid, ...uncreated].sort());
      for (const [n, jobId] of [
        [3, unpaid],
        [15, uncreated],
        [23, declined],
        [27, hung],
      ] as const) {
        const [byReference] = await found('--reference', `order ${n}`);
        expect(jobId).toContain(byReference);
        expect(await found('--email', `CUSTOMER-${n}@example.com`)).toEqual([byReference]);
        expect(await found('--owner', `owner-${n}`)).toEqual([byReference]);
      }
    },
    patience,
  );

  it('learns why each of them is where it is', async () => {
    const explained = async (jobId: string) => {
      const { job, executions, express } = await ops.json<OperatorResults['why']>('why', jobId);
      if (isExpressFirst) expect(express).toContain('#/statemachines/view/arn:aws:states:');
      if (isExpressFirst && executions.length === 0) return { code: job.error?.code, status: 'EXPRESS' };
      const { failedAttempts = [], url, status } = executions[0] ?? {};
      expect(url).toContain(`#/v2/executions/details/arn:aws:states:`);
      expect(url).toMatch(new RegExp(`:${jobId}$`));
      return { code: job.error?.code, status, attempts: failedAttempts.length, last: failedAttempts.at(-1) };
    };

    // First, before they time out.
    for (const jobId of hung)
      expect(await explained(jobId)).toMatchObject(
        isExpressFirst
          ? { status: expect.stringMatching(/^(?:EXPRESS|RUNNING)$/) }
          : { status: 'RUNNING', attempts: 0 },
      );
    for (const jobId of unpaid)
      expect(await explained(jobId)).toMatchObject({
        ...{ code: 'stage_failed', status: 'FAILED', attempts: 41 },
        last: { state: 'Take payment', error: expect.any(String), cause: expect.stringContaining('fault') },
      });
    for (const jobId of uncreated)
      expect(await explained(jobId)).toMatchObject({ attempts: 41, last: { state: 'Create order' } });
    // A refusal is no failed attempt: the job says why.
    for (const jobId of declined)
      expect(await explained(jobId)).toMatchObject({
        code: 'card_declined',
        ...(isExpressFirst ? { status: 'EXPRESS' } : { status: 'SUCCEEDED', attempts: 0 }),
      });
  });

  it('reads what the functions logged about a job', async () => {
    const { lines, isComplete } = await ops.json<OperatorResults['logs']>('logs', declined[0] ?? '');

    expect(isComplete).toBe(true);
    expect(lines.map(({ message }) => message).join('\n')).toContain('Order accepted');
  });

  it('cancels some of them', async () => {
    const cancelled = [...unpaid.slice(0, 3), ...uncreated.slice(0, 3), ...hung];

    const { results } = await ops.json<OperatorResults['cancel']>('cancel', ...cancelled);

    expect(results.filter(({ refusal }) => refusal !== undefined)).toEqual([]);
    await local('faults', { method: 'DELETE' }, origin);
    await until(async () => {
      const open = await found();
      return cancelled.every((jobId) => !open.includes(jobId));
    });
  });

  it('is told which ones it cannot cancel or redrive, and why', async () => {
    const [jobId = ''] = declined;

    expect(await ops.run('cancel', jobId)).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/already ended/),
    });
    expect(await ops.run('redrive', jobId)).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/redrivable/),
    });
    expect(await ops.run('show', jobId.replace(/.$/, 'x'))).toMatchObject({ code: 2 });
  });

  it('does not redrive all failures without a confirmation', async () => {
    const { code, stderr } = await ops.run('redrive', '--all-failed');

    expect(code).toBe(2);
    expect(stderr).toContain('16 failures wait for a redrive: ');
    expect(stderr).toContain('--yes');
    expect(await found('--status', 'failed')).toHaveLength(16);
  });

  it('redrives all the others, at one stage first', async () => {
    const one = await ops.run('redrive', '--all-failed', '--stage', 'payment', '--yes');
    expect(one).toMatchObject({ code: 0, stdout: '9 jobs redriven.' });

    const rest = await ops.run('redrive', '--all-failed', '--since', '1h', '--yes');
    expect(rest).toMatchObject({ code: 0, stdout: '7 jobs redriven.' });

    await untilFound(0);
    for (const jobId of [...unpaid.slice(3), ...uncreated.slice(3)])
      expect((await ops.run('watch', jobId)).code).toBe(0);
  });

  it('leaves every order paid once and created, or neither', async () => {
    interface Entry {
      readonly jobId: string;
    }
    type Ledger = Readonly<Record<'charges' | 'refunds', readonly Entry[]>>;
    const { charges, refunds } = await local<Ledger>('ledger', undefined, origin);
    const paid = charges.map(({ jobId }) => jobId).filter((id) => !refunds.some(({ jobId }) => jobId === id));

    expect(paid.sort()).toEqual([...unpaid.slice(3), ...uncreated.slice(3)].sort());
    expect(new Set(charges.map(({ jobId }) => jobId)).size).toBe(charges.length);
  });

  it('erases a person, from then on finds nothing of that person, and keeps the order', async () => {
    const erased = await ops.json<OperatorResults['erase']>(
      'erase',
      '--email',
      'customer-4@example.com',
      '--yes',
    );
    const [jobId = ''] = erased.erased;

    expect(erased).toEqual({ erased: [jobId], kept: [] });
    expect(await found('--email', 'customer-4@example.com')).toEqual([]);
    expect(await found('--reference', 'order 4')).toEqual([]);
    const { order } = await ops.json<OperatorResults['show']>('show', jobId);
    expect(order).toMatchObject({ total: 3998, erasedAt: expect.any(String) });
  });

  it('is named by the log of each request, without the personal data that it asked for', async () => {
    const logs = new CloudWatchLogsClient({
      endpoint: cloud.aws,
      region: 'us-east-1',
      credentials: { accessKeyId: 'auditor', secretAccessKey: 'any' },
    });
    const { logGroups = [] } = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: 'Operator' }),
    );
    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({
        logGroupName: logGroups[0]?.logGroupName,
        filterPattern: '"Operator request"',
      }),
    );
    const lines = events.map(({ message = '{}' }) => JSON.parse(message) as Record<string, unknown>);

    expect(lines.length).toBeGreaterThan(30);
    for (const line of lines)
      expect(line).toMatchObject({ claimedCaller: expect.stringMatching(/^arn:aws:iam::\d+:user\//) });
    expect(JSON.stringify(lines)).not.toMatch(/customer-|order \d/i);
  });
});

describe('dead letters', () => {
  it('are counted, shown and moved back', async () => {
    // The local cloud calls no receiver on this machine, so this webhook is given up.
    const [jobId = ''] = await submit([40], { callbackUrl: 'https://127.0.0.1/hook' });
    const count = async () => {
      const { queues } = await ops.json<OperatorResults['count-dead-letters']>('dead-letters');
      return queues.find(({ queue }) => queue === 'webhooks')?.messages;
    };
    await until(async () => (await count()) === 1);

    const { letters } = await ops.json<OperatorResults['show-dead-letters']>('dead-letters', 'show');
    const moved = await ops.json<OperatorResults['redrive-dead-letters']>('dead-letters', 'redrive');

    expect(letters.map(({ body }) => JSON.parse(body))).toEqual([{ jobId, version: expect.any(Number) }]);
    expect(moved).toEqual({ messages: 1 });
    const attempts = async () => {
      const { lines } = await ops.json<OperatorResults['logs']>('logs', jobId);
      return lines.filter(({ message }) => message.includes('Webhook attempted')).length;
    };
    await until(async () => (await attempts()) > 3);
  });

  it('that came from a stream are not moved, and the tool says what to do', async () => {
    const { code, stderr } = await ops.run('dead-letters', 'redrive', 'pushes');

    expect(code).toBe(3);
    expect(stderr).toContain('nothing has to be repeated');
  });
});

describe('the tool', () => {
  it('runs as a command whose exit code and output scripts can use', async () => {
    const { code, stdout, stderr } = await ops.spawn('ls', '--owner', 'nobody', '--json');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ jobs: [], hasMore: false });
  });

  it('says which function it looked for when there is none', async () => {
    const { code, stderr } = await ops.spawn('ls', '--stack', 'Elsewhere');

    expect(code).toBe(1);
    expect(stderr).toMatch(/Elsewhere-operator.*--stack/s);
  });
});
