import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isTerminal, type Job } from '../../../domain/job.ts';
import type { Stage, StageTable } from '../../../domain/stages.ts';
import { stages } from '../../../domain/stages.ts';
import { etagOf, progressOf } from '../../../domain/status.ts';
import { acceptJob, isDue, type JobEvent, transition } from '../../../domain/transitions.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJob,
  aJobAt,
  jobId,
  later,
  now,
  owner,
  ticket,
} from '../../support/builders.ts';

const reason = { code: 'out_of_stock', message: 'The article is sold out.' };
const started = (stage: string, attempt = 1): JobEvent => ({ type: 'stage-started', stage, attempt });
const completed = (stage: string, attempt = 1): JobEvent => ({ type: 'stage-completed', stage, attempt });
const refused = (stage: string, attempt = 1): JobEvent => ({ type: 'stage-refused', stage, attempt, reason });
const exhausted = (stage: string): JobEvent => ({ type: 'stage-exhausted', stage, reason });

describe('an accepted job', () => {
  it('is queued in version 1 with every step pending', () => {
    const job = acceptJob({ jobId, owner, ticket, retentionDays: 30 }, now);

    expect(job).toMatchObject({ status: 'queued', version: 1, expiresAt: '2026-02-19T15:30:00.000Z' });
    expect(job.steps).toEqual(stages.map(({ name }) => ({ name, status: 'pending' })));
    expect(job.stage).toBeUndefined();
  });
});

describe('a stage that starts', () => {
  it('is in progress, and so is the job', () => {
    const job = transition(aJob(), started('validation'), later(100));

    expect(job).toMatchObject({ status: 'processing', stage: 'validation', version: 2 });
    expect(job.steps[0]).toEqual({
      name: 'validation',
      status: 'in-progress',
      startedAt: later(100).toISOString(),
    });
  });

  it('keeps its first beginning when it is tried again, and counts its attempts', () => {
    const first = transition(aJob(), started('validation'), later(100));

    const second = transition(first, started('validation', 2), later(200));

    expect(second.version).toBe(3);
    expect(second.steps[0]).toMatchObject({ startedAt: later(100).toISOString(), attempts: 2 });
  });

  it('is no news when an earlier attempt reports late', () => {
    const second = transition(transition(aJob(), started('validation'), now), started('validation', 2), now);

    expect(transition(second, started('validation', 1), later(1))).toBe(second);
  });

  it('is no news before its turn', () => {
    const job = aJob();

    expect(transition(job, started('payment'), now)).toBe(job);
  });
});

describe('a stage that completes', () => {
  it('begins the next one in the same change', () => {
    const before = aJobAt('validation');

    const job = transition(before, completed('validation'), later(500));

    expect(job).toMatchObject({ stage: 'payment', version: before.version + 1 });
    expect(job.steps.map((step) => step.status)).toEqual(['completed', 'in-progress', 'pending', 'pending']);
    expect(job.steps[0]?.completedAt).toBe(job.steps[1]?.startedAt);
  });

  it('completes the job when it is the last one', () => {
    const job = transition(aJobAt('email'), completed('email'), later(500));

    expect(job.status).toBe('completed');
    expect(job.stage).toBeUndefined();
    expect(job.estimatedCompletion).toBeUndefined();
    expect(progressOf(job)).toBe(100);
  });

  it('needs six writes for a happy order, all of them changes', () => {
    const events = [started('validation'), ...stages.map(({ name }) => completed(name))];

    const job = events.reduce((current, event) => transition(current, event, now), aJob());

    expect(job).toMatchObject({ status: 'completed', version: 6 });
  });
});

describe('a stage that refuses', () => {
  it('fails the order and skips what would have come', () => {
    const job = aDeclinedJob();

    expect(job).toMatchObject({
      status: 'failed',
      stage: 'payment',
      error: { code: 'card_declined', stage: 'payment', redrivable: false },
    });
    expect(job.steps.map((step) => step.status)).toEqual(['completed', 'failed', 'skipped', 'skipped']);
    expect(job.estimatedCompletion).toBeUndefined();
  });

  it.each([
    ['refuses', refused('email')],
    ['is exhausted', exhausted('email')],
  ])('fails only its step where it is best-effort and %s', (_, event) => {
    const job = transition(aJobAt('email'), event, later(500));

    expect(job.status).toBe('completed');
    expect(job.error).toBeUndefined();
    expect(job.steps.at(-1)).toMatchObject({ name: 'email', status: 'failed' });
    expect(progressOf(job)).toBe(100);
  });
});

describe('a terminal job', () => {
  it.each([
    ['completed', aCompletedJob()],
    ['failed', aDeclinedJob()],
    ['cancelled', aJob({ status: 'cancelled' })],
  ])('takes no event any more when it is %s', (_, job) => {
    for (const { name } of stages) {
      for (const event of [started(name, 9), completed(name), refused(name), exhausted(name)]) {
        expect(transition(job, event, later(999))).toBe(job);
      }
    }
  });
});

const stageRow = (name: string, bestEffort: boolean): Stage => ({
  name,
  state: name,
  purpose: name,
  expectedMs: 100,
  timeoutSeconds: 1,
  retry: { maxRetries: 1, intervalSeconds: 1, backoffRate: 1, maxDelaySeconds: 1 },
  ...(bestEffort && { bestEffort }),
});

const generatedTable: fc.Arbitrary<StageTable> = fc
  .array(fc.boolean(), { minLength: 1, maxLength: 8 })
  .map((rows) => rows.map((bestEffort, i) => stageRow(`stage-${i}`, bestEffort)));

const anyEvent = (table: StageTable): fc.Arbitrary<JobEvent> => {
  const stage = fc.constantFrom(...table.map(({ name }) => name), 'unknown');
  const attempt = fc.integer({ min: 1, max: 4 });
  return fc.oneof(
    { weight: 3, arbitrary: fc.tuple(stage, attempt).map(([name, count]) => started(name, count)) },
    { weight: 6, arbitrary: fc.tuple(stage, attempt).map(([name, count]) => completed(name, count)) },
    { weight: 1, arbitrary: fc.tuple(stage, attempt).map(([name, count]) => refused(name, count)) },
    { weight: 1, arbitrary: stage.map(exhausted) },
  );
};

const accepted = (table: StageTable) => acceptJob({ jobId, owner, ticket, retentionDays: 1 }, now, table);

/** The job before and after each of the events, a second apart. */
function walk(table: StageTable, events: readonly JobEvent[]): [before: Job, after: Job][] {
  let job = accepted(table);
  return events.map((event, i) => {
    const before = job;
    job = transition(before, event, later((i + 1) * 1_000), table);
    return [before, job];
  });
}

/** No step goes from a later to an earlier of these. */
const order = ['pending', 'in-progress', 'completed', 'failed', 'skipped'];
const rank = (status: string) => Math.min(order.indexOf(status), 2);

describe.each<[string, fc.Arbitrary<StageTable>]>([
  ["the product's table", fc.constant(stages)],
  ['any table', generatedTable],
])('whatever happens, over %s,', (_, tables) => {
  const history = tables.chain((table) =>
    fc.array(anyEvent(table), { maxLength: 40 }).map((events) => ({ table, events })),
  );

  /** Holds for every step of every history. */
  const always = (claim: (before: Job, after: Job, table: StageTable) => void) =>
    fc.assert(
      fc.property(history, ({ table, events }) => {
        for (const [before, next] of walk(table, events)) claim(before, next, table);
      }),
      { numRuns: 300 },
    );

  it('version grows by exactly one at a change, and the same object comes back otherwise', () => {
    always((before, next) => {
      if (next === before) return;
      expect(next.version).toBe(before.version + 1);
      expect({ ...next, version: 0, updatedAt: '', estimatedCompletion: '' }).not.toEqual({
        ...before,
        version: 0,
        updatedAt: '',
        estimatedCompletion: '',
      });
    });
  });

  it('updatedAt and the ETag change with the version', () => {
    always((before, next) => {
      const changed = next.version !== before.version;
      expect(next.updatedAt !== before.updatedAt).toBe(changed);
      expect(etagOf(next) !== etagOf(before)).toBe(changed);
    });
  });

  it('progress never falls, and is 100 exactly when the job is completed', () => {
    always((before, next) => {
      expect(progressOf(next)).toBeGreaterThanOrEqual(progressOf(before));
      expect(progressOf(next) === 100).toBe(next.status === 'completed');
    });
  });

  it('a terminal job never changes', () => {
    always((before, next) => {
      if (isTerminal(before)) expect(next).toBe(before);
    });
  });

  it('a step never goes back, and a step that has ended never changes', () => {
    always((before, next) => {
      for (const [i, step] of next.steps.entries()) {
        const earlier = before.steps[i];
        expect(rank(step.status)).toBeGreaterThanOrEqual(rank(earlier?.status ?? ''));
        if (earlier && rank(earlier.status) === 2) expect(step).toEqual(earlier);
      }
    });
  });

  it('at most one step is in progress, and it is the one that the job names', () => {
    always((_, next) => {
      const working = next.steps.filter((step) => step.status === 'in-progress').map((step) => step.name);
      expect(working).toEqual(next.status === 'processing' ? [next.stage] : []);
    });
  });

  it('exactly one stage is due until the job is terminal, and none afterwards', () => {
    always((_, next, table) => {
      expect(table.filter(({ name }) => isDue(next, name))).toHaveLength(isTerminal(next) ? 0 : 1);
    });
  });

  it('error is there exactly when the job failed, estimate exactly when it is not terminal', () => {
    always((_, next) => {
      expect(next.error !== undefined).toBe(next.status === 'failed');
      expect(next.estimatedCompletion !== undefined).toBe(!isTerminal(next));
    });
  });

  it('who owns it, its ticket and its beginning stay', () => {
    always((before, next) => {
      const { createdAt, expiresAt } = before;
      expect(next).toMatchObject({ jobId, owner, ticket, createdAt, expiresAt });
    });
  });

  it('the happy sequence ends completed, however often and late its events come', () => {
    const noisy = tables.chain((table) => {
      const happy = table.flatMap(({ name }) => [started(name), completed(name)]);
      const noise = fc.array(fc.constantFrom(...happy), { maxLength: 4 });
      return fc
        .array(noise, { minLength: happy.length, maxLength: happy.length })
        .map((noises) => ({ table, events: happy.flatMap((event, i) => [event, ...(noises[i] ?? [])]) }));
    });

    fc.assert(
      fc.property(noisy, ({ table, events }) => {
        const [, job] = walk(table, events).at(-1) ?? [];

        expect(job?.status).toBe('completed');
        expect(job?.steps.every((step) => step.status === 'completed')).toBe(true);
      }),
    );
  });

  it('an event that is repeated at once is no news', () => {
    always((_, next, table) => {
      for (const { name } of table) {
        const again = transition(next, started(name), later(99_000), table);
        expect(transition(again, started(name), later(99_001), table)).toBe(again);
      }
    });
  });
});
