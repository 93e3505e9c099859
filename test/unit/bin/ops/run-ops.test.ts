import { describe, expect, it } from '@jest/globals';
import { exitCodes, Failure } from '../../../../bin/ops/failures.ts';
import type { Operate } from '../../../../bin/ops/operator-function.ts';
import { runOps } from '../../../../bin/ops/run-ops.ts';
import type { Job } from '../../../../domain/job/job.ts';
import type { OperatorRequest } from '../../../../domain/operator/operator-protocol.ts';
import { operatorJob } from '../../../../lambdas/operator/operator-job.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJob,
  aJobAt,
  anExhaustedJob,
  jobId,
  now,
} from '../../../support/builders.ts';

const idOf = (n: number) => `${jobId.slice(0, -3)}${100 + n}`;
const failures = (count: number) =>
  Array.from({ length: count }, (_, n) => operatorJob({ ...anExhaustedJob(), jobId: idOf(n) }, now));

type Answer = (request: OperatorRequest) => unknown;

function setUp(answer: Answer, { isInteractive = true, says = true } = {}) {
  const requests: OperatorRequest[] = [];
  const [printed, noted, drawn, asked]: [string[], string[], string[], string[]] = [[], [], [], []];
  const interruption = new AbortController();
  const operate = async (request: OperatorRequest) => {
    requests.push(request);
    return answer(request);
  };
  const run = (line: string) =>
    runOps(line.split(' '), {
      connect: () => operate as Operate,
      terminal: {
        print: (text) => void printed.push(text),
        note: (text) => void noted.push(text),
        redraw: (text) => void drawn.push(text),
        isInteractive,
        async confirm(question) {
          asked.push(question);
          return says;
        },
        interruption: () => interruption.signal,
      },
      environment: {},
      clock: () => now,
      watchIntervalMs: 0,
    });
  return { run, requests, printed, noted, drawn, asked, interruption };
}

/** Answers a list with these jobs on one page, and does what it is asked to with each job. */
const holding =
  (jobs: readonly unknown[]): Answer =>
  (request) => {
    if (request.action === 'list') return { jobs };
    if (request.action !== 'redrive' && request.action !== 'cancel') throw new Error(request.action);
    return { results: request.jobIds.map((id) => ({ jobId: id, status: 'processing' })) };
  };

const batches = (requests: readonly OperatorRequest[]) =>
  requests.flatMap((request) => (request.action === 'redrive' ? [request.jobIds.length] : []));

describe('ls', () => {
  it('prints a table of the jobs of all pages, the newest first', async () => {
    const [older, newer] = failures(2);
    const { run, printed } = setUp((request) =>
      request.action === 'list' && request.cursor ? { jobs: [newer] } : { jobs: [older], cursor: 'more' },
    );

    expect(await run('ls')).toBe(exitCodes.done);

    const [headings, ...rows] = printed.join('\n').split('\n');
    expect(headings).toMatch(/^JOB +STATUS +STAGE +CHANGED +OWNER +NOTE$/);
    expect(rows.map((row) => row.split(' ')[0])).toEqual([idOf(1), idOf(0)]);
    expect(rows[0]).toMatch(/failed +payment .* ada +stage_failed, redrivable until 20/);
  });

  it.each([
    ['', 1],
    [' --status failed', 1],
    [' --owner ada', 0],
    [' --reference R', 0],
    [' --email ada@example.com', 0],
  ])('says that it leaves out jobs that ended for good, unless it does not: ls%s', async (options, count) => {
    const { run, noted } = setUp(holding(failures(1)));

    await run(`ls${options}`);

    expect(noted.filter((note) => note.includes('have not ended for good'))).toHaveLength(count);
  });

  it('prints JSON for scripts', async () => {
    const { run, printed } = setUp(holding(failures(1)));

    await run('ls --json');

    expect(JSON.parse(printed.join(''))).toMatchObject({ jobs: [{ jobId: idOf(0) }], hasMore: false });
  });

  it('says so when there are more jobs than it prints', async () => {
    const { run, printed, noted } = setUp(holding(failures(3)));

    await run('ls --limit 2 --json');

    expect(JSON.parse(printed.join('')).jobs).toHaveLength(2);
    expect(noted.join()).toContain('raise --limit');
  });
});

describe('redrive --all-failed', () => {
  it('counts by stage, asks, and redrives page by page with a progress bar', async () => {
    const { run, requests, noted, asked, drawn, printed } = setUp(holding(failures(60)));

    expect(await run('redrive --all-failed')).toBe(exitCodes.done);

    expect(noted).toEqual(['60 failures wait for a redrive: 60 at payment.']);
    expect(asked).toEqual(['Redrive 60 jobs?']);
    expect(batches(requests)).toEqual([25, 25, 10]);
    expect(drawn).toEqual(['0', '25', '50', '60'].map((done) => expect.stringContaining(`] ${done} of 60`)));
    expect(printed).toEqual(['60 jobs redriven.']);
  });

  it('changes nothing when the answer is no', async () => {
    const { run, requests } = setUp(holding(failures(2)), { says: false });

    expect(await run('redrive --all-failed')).toBe(exitCodes.aborted);

    expect(batches(requests)).toEqual([]);
  });

  it('changes nothing when nobody is there to ask, unless it was told --yes', async () => {
    const { run, requests, noted, asked } = setUp(holding(failures(2)), { isInteractive: false });

    expect(await run('redrive --all-failed')).toBe(exitCodes.usage);
    expect(batches(requests)).toEqual([]);
    expect(noted.at(-1)).toContain('--yes');

    expect(await run('redrive --all-failed --yes')).toBe(exitCodes.done);
    expect(batches(requests)).toEqual([2]);
    expect(asked).toEqual([]);
  });

  it('stops at Ctrl-C after the page in progress, and says how many are left', async () => {
    const jobs = failures(60);
    const { run, requests, noted, interruption } = setUp((request) => {
      if (request.action === 'redrive') interruption.abort();
      return holding(jobs)(request);
    });

    expect(await run('redrive --all-failed')).toBe(exitCodes.aborted);

    expect(batches(requests)).toEqual([25]);
    expect(noted.at(-1)).toBe('Stopped: 35 of 60 jobs are as they were.');
  });

  it('reports the jobs that were refused', async () => {
    const { run, printed } = setUp((request) =>
      request.action === 'list'
        ? { jobs: failures(2) }
        : {
            results: [
              { jobId: idOf(0), refusal: 'It is too old.' },
              { jobId: idOf(1), status: 'processing' },
            ],
          },
    );

    expect(await run('redrive --all-failed')).toBe(exitCodes.refused);

    expect(printed.join()).toMatch(/1 jobs redriven[\s\S]*It is too old/);
  });

  it('asks nothing when there is nothing to do', async () => {
    const { run, asked, noted } = setUp(holding([]));

    expect(await run('redrive --all-failed')).toBe(exitCodes.done);

    expect(asked).toEqual([]);
    expect(noted).toEqual(['0 failures wait for a redrive.']);
  });
});

describe('watch', () => {
  it.each([
    [aCompletedJob(), exitCodes.done],
    [aDeclinedJob(), exitCodes.refused],
  ])('prints every version once until the job ends, and tells how by its exit code', async (ended, code) => {
    const seen: readonly Job[] = [aJobAt('validation'), aJobAt('validation'), aJobAt('payment'), ended];
    let looks = 0;
    const { run, printed } = setUp(() => ({ job: operatorJob(seen[looks++] ?? ended, now) }));

    expect(await run(`watch ${jobId}`)).toBe(code);

    expect(printed).toHaveLength(3);
    expect(printed.at(-1)).toContain(ended.status);
  });
});

describe('erase', () => {
  const erasing =
    (kept: readonly object[] = []): Answer =>
    () => ({ erased: [jobId], kept });

  it('says what it would erase and what it keeps, asks, and erases', async () => {
    const { run, requests, noted, asked, printed } = setUp(erasing());

    expect(await run('erase --email ada@example.com')).toBe(exitCodes.done);

    expect(noted.join('\n')).toMatch(/payment token of 1 orders[\s\S]*Kept in any case:[\s\S]*ledger/);
    expect(asked).toEqual(["Erase 1 orders' personal data?"]);
    expect(requests).toEqual([
      { action: 'erase', email: 'ada@example.com', dryRun: true },
      { action: 'erase', email: 'ada@example.com', dryRun: false },
    ]);
    expect(printed).toEqual(['1 orders erased.']);
  });

  it('erases nothing when the answer is no', async () => {
    const { run, requests } = setUp(erasing(), { says: false });

    expect(await run('erase --email ada@example.com')).toBe(exitCodes.aborted);

    expect(requests).toMatchObject([{ dryRun: true }]);
  });

  it('tells by its exit code that something was kept', async () => {
    const { run, printed } = setUp(erasing([{ jobId: idOf(1), reason: 'The job is going on.' }]));

    expect(await run('erase --email ada@example.com --yes')).toBe(exitCodes.refused);

    expect(printed.join()).toContain('The job is going on.');
  });
});

it('why shows the failed attempts, those that failed alike on one line, their errors and the console', async () => {
  const attempt = { state: 'Take payment', at: now.toISOString(), error: 'Error', cause: 'Stripe\nis down.' };
  const { run, printed } = setUp(() => ({
    job: operatorJob(anExhaustedJob(), now),
    executions: [
      {
        ...{ name: jobId, arn: 'arn', url: 'https://console', status: 'FAILED', redrives: 0 },
        ...{
          startedAt: now.toISOString(),
          failedAttempts: [{ ...attempt, error: 'States.Timeout' }, attempt, attempt],
        },
      },
    ],
  }));

  expect(await run(`why ${jobId}`)).toBe(exitCodes.done);

  expect(printed.join()).toMatch(
    /console +https:\/\/console[\s\S]*\n1 .*Take payment +States.Timeout .*\n2 .*Take payment +Error +Stripe is down\./,
  );
});

it.each([
  ['ended', aCompletedJob(), /ended in an Express execution/, /sweep/],
  ['is going on', aJob(), /began in an Express execution\.\n.*sweep starts/, /ended in/],
])('why says where to look for an order that %s in its Express execution', async (_, job, says, not) => {
  const express = 'https://console/statemachines/view/arn';
  const { run, printed } = setUp(() => ({ job: operatorJob(job, now), executions: [], express }));

  expect(await run(`why ${jobId}`)).toBe(exitCodes.done);

  expect(printed.join()).toMatch(says);
  expect(printed.join()).not.toMatch(not);
  for (const place of [`ops -- logs ${jobId}`, express]) expect(printed.join()).toContain(place);
});

it('dead letters are counted with what to do about them', async () => {
  const { run, printed } = setUp(() => ({
    queues: [
      { queue: 'webhooks', messages: 2 },
      { queue: 'pushes', messages: 0 },
    ],
  }));

  expect(await run('dead-letters')).toBe(exitCodes.done);

  expect(printed.join()).toMatch(/webhooks +2 .*Redrive them/);
  expect(printed.join()).not.toContain('nothing has to be repeated');
});

it.each([
  ['failed', exitCodes.failed],
  ['refused', exitCodes.refused],
] as const)('a request that %s ends with one line and its exit code', async (kind, code) => {
  const { run, noted, printed } = setUp(() => {
    throw new Failure(kind, 'There is no such job.');
  });

  expect(await run(`show ${jobId}`)).toBe(code);

  expect([noted, printed]).toEqual([['There is no such job.'], []]);
});
