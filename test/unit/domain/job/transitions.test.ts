import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dueStage, isRedrivable, isTerminal, type Job } from '../../../../domain/job/job.ts';
import {
  nextCompensation as compensationOver,
  cancelRefusal as refusalOver,
} from '../../../../domain/job/settlement.ts';
import { etagOf, progressOf, statusDocument } from '../../../../domain/job/status.ts';
import {
  acceptJob,
  type JobEvent,
  transition as transitionOver,
} from '../../../../domain/job/transitions.ts';
import { type Stage, type StageTable, stages } from '../../../../domain/stages.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJob,
  aJobAt,
  anExhaustedJob,
  jobId,
  later,
  now,
  owner,
  ticket,
  urls,
} from '../../../support/builders.ts';
import { fourStages } from '../../../support/four-stages.ts';

const transition = (job: Job, event: JobEvent, at: Date, table: StageTable = fourStages): Job =>
  transitionOver(job, event, at, table);
const nextCompensation = (job: Job, table: StageTable = fourStages) => compensationOver(job, table);
const cancelRefusal = (job: Job) => refusalOver(job, fourStages);

const reason = { code: 'out_of_stock', message: 'The article is sold out.' };
const started = (stage: string, attempt = 1): JobEvent => ({ type: 'stage-started', stage, attempt });
const completed = (stage: string, attempt = 1): JobEvent => ({ type: 'stage-completed', stage, attempt });
const attemptFailed = (stage: string, attempt = 1): JobEvent => ({
  type: 'attempt-failed',
  stage,
  attempt,
  nextAttemptAt: later(60_000),
});
const refused = (stage: string, attempt = 1): JobEvent => ({ type: 'stage-refused', stage, attempt, reason });
const exhausted = (stage: string): JobEvent => ({ type: 'stage-exhausted', stage, reason });
const skipped = (stage: string): JobEvent => ({ type: 'stage-skipped', stage });
const compensated = (stage: string): JobEvent => ({ type: 'compensated', stage });
const cancel: JobEvent = { type: 'cancel-requested' };
const redriven: JobEvent = { type: 'redriven' };
const stopped: JobEvent = { type: 'execution-ended', status: 'cancelled', reason };
const timedOut: JobEvent = { type: 'execution-ended', status: 'failed', reason };
const compensationFailed: JobEvent = { type: 'compensation-failed', reason };

/** The job after these events, a second apart. */
const through = (job: Job, ...events: JobEvent[]): Job =>
  events.reduce((current, event, i) => transition(current, event, later((i + 1) * 1_000)), job);
const statusesOf = (job: Job) => job.steps.map((step) => step.status);
const stepOf = (job: Job, name: string) => job.steps.find((step) => step.name === name);

describe('an accepted job', () => {
  it('is queued in version 1 with every step pending', () => {
    const job = acceptJob(
      { jobId, owner, ticket, retentionDays: 30, redriveSeconds: 3_600 },
      now,
      fourStages,
    );

    expect(job).toMatchObject({ status: 'queued', version: 1, expiresAt: '2026-02-19T15:30:00.000Z' });
    expect(job.steps).toEqual(fourStages.map(({ name }) => ({ name, status: 'pending' })));
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
      compensation: null,
    });
  });

  it('keeps its first beginning when it is tried again, and counts its attempts', () => {
    const first = transition(aJob(), started('validation'), later(100));

    const second = transition(first, started('validation', 2), later(200));

    expect(second.version).toBe(3);
    expect(second.steps[0]).toMatchObject({ startedAt: later(100).toISOString(), attempts: 2 });
  });

  it('is no news when an earlier attempt reports late', () => {
    const second = through(aJob(), started('validation'), started('validation', 2));

    expect(transition(second, started('validation', 1), later(1))).toBe(second);
  });

  it('is no news before its turn', () => {
    const job = aJob();

    expect(transition(job, started('payment'), now)).toBe(job);
  });
});

describe('an attempt that failed', () => {
  it('shows when the next one comes, and which one that is', () => {
    const job = transition(aJobAt('payment'), attemptFailed('payment'), later(100));

    expect(stepOf(job, 'payment')).toMatchObject({
      status: 'in-progress',
      attempts: 2,
      nextAttemptAt: later(60_000).toISOString(),
    });
  });

  it('is no news when it is reported twice', () => {
    const job = transition(aJobAt('payment'), attemptFailed('payment'), later(100));

    expect(transition(job, attemptFailed('payment'), later(200))).toBe(job);
  });

  it('waits no longer once the next one begins', () => {
    const waiting = transition(aJobAt('payment'), attemptFailed('payment'), later(100));

    const job = transition(waiting, started('payment', 2), later(200));

    expect(stepOf(job, 'payment')).toMatchObject({ status: 'in-progress', attempts: 2 });
    expect(stepOf(job, 'payment')).not.toHaveProperty('nextAttemptAt');
    expect(job.version).toBe(waiting.version + 1);
  });
});

describe('a stage that completes', () => {
  it('begins the next one in the same change', () => {
    const before = aJobAt('validation');

    const job = transition(before, completed('validation'), later(500));

    expect(job).toMatchObject({ stage: 'payment', version: before.version + 1 });
    expect(statusesOf(job)).toEqual(['completed', 'in-progress', 'pending', 'pending']);
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
    const job = through(aJob(), started('validation'), ...fourStages.map(({ name }) => completed(name)));

    expect(job).toMatchObject({ status: 'completed', version: 6 });
  });
});

describe('a stage that refuses', () => {
  it('fails the order at once where nothing has to be undone', () => {
    const job = aDeclinedJob();

    expect(job).toMatchObject({
      status: 'failed',
      stage: 'payment',
      error: { code: 'card_declined', stage: 'payment', redrivable: false },
    });
    expect(statusesOf(job)).toEqual(['completed', 'failed', 'skipped', 'skipped']);
    expect(job.outcome).toBeUndefined();
  });

  it('undoes what was done before the order fails', () => {
    const undoing = through(aJobAt('order-creation'), refused('order-creation'));
    expect(undoing).toMatchObject({ status: 'processing', outcome: { status: 'failed' } });
    expect(nextCompensation(undoing)?.name).toBe('payment');

    const job = through(undoing, compensated('payment'));

    expect(job).toMatchObject({
      status: 'failed',
      error: { ...reason, stage: 'order-creation', redrivable: false },
    });
    expect(statusesOf(job)).toEqual(['completed', 'compensated', 'failed', 'skipped']);
    expect(job.outcome).toBeUndefined();
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

describe('a stage whose retries are used up', () => {
  it.each([
    ['fails the job', aJobAt('payment'), 'payment', 41],
    ['fails only its step', aJobAt('email'), 'email', 7],
    ['cancels the job', through(aJobAt('payment'), cancel), 'payment', 41],
  ])('shows every attempt, though none could be recorded, where it %s', (_, job, stage, attempts) => {
    expect(stepOf(through(job, exhausted(stage)), stage)).toMatchObject({ attempts });
  });

  it('never shows fewer attempts than were recorded', () => {
    const job = through(aJobAt('email'), started('email', 9), exhausted('email'));

    expect(stepOf(job, 'email')).toMatchObject({ status: 'failed', attempts: 9 });
  });

  it('fails the job so that a redrive can resume it, and undoes nothing', () => {
    const job = anExhaustedJob();

    expect(job).toMatchObject({ status: 'failed', error: { stage: 'payment', redrivable: true } });
    expect(statusesOf(job)).toEqual(['completed', 'failed', 'pending', 'pending']);
    expect(isRedrivable(job)).toBe(true);
  });

  it.each([
    ['by a redrive', redriven],
    ['by the stage itself, when an operator redrove the execution', started('payment')],
  ])('is resumed where it failed %s, and can complete', (_, event) => {
    const again = through(anExhaustedJob(), event);
    expect(again).toMatchObject({ status: 'processing', stage: 'payment' });
    expect(again.error).toBeUndefined();
    expect(stepOf(again, 'payment')).toMatchObject({ status: 'in-progress', attempts: 42 });

    const job = through(again, completed('payment'), completed('order-creation'), completed('email'));

    expect(job.status).toBe('completed');
  });

  it('is undone when it is cancelled, as if it had done its work', () => {
    const undoing = through(anExhaustedJob(), cancel);
    expect(undoing).toMatchObject({ status: 'processing', outcome: { status: 'cancelled' } });
    expect(nextCompensation(undoing)?.name).toBe('payment');

    const job = through(undoing, compensated('payment'));

    expect(job).toMatchObject({ status: 'cancelled', error: { code: 'cancelled', redrivable: false } });
  });

  it('ends cancelled when its owner asked for it during the last attempt', () => {
    const job = through(aJobAt('payment'), cancel, exhausted('payment'));

    expect(job).toMatchObject({ status: 'processing', outcome: { status: 'cancelled' } });
    expect(through(job, compensated('payment')).status).toBe('cancelled');
  });
});

describe('a request for cancellation', () => {
  it('is visible at once, and changes nothing when it is repeated', () => {
    const before = aJobAt('payment');

    const job = transition(before, cancel, later(500));

    expect(statusDocument(job, urls, now)).toMatchObject({ cancelling: true, version: before.version + 1 });
    expect(transition(job, cancel, later(600))).toBe(job);
  });

  it('ends a job that has not begun', () => {
    const job = through(aJob(), cancel, started('validation'));

    expect(job).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } });
    expect(statusesOf(job)).toEqual(Array(4).fill('skipped'));
  });

  it('takes effect when the stage in progress completes, and undoes the completed ones in reverse', () => {
    const undoing = through(aJobAt('order-creation'), cancel, completed('order-creation'));

    expect(undoing).toMatchObject({ status: 'processing', cancelling: true });
    expect(nextCompensation(undoing)?.name).toBe('order-creation');
    const half = through(undoing, compensated('order-creation'));
    expect(nextCompensation(half)?.name).toBe('payment');
    const job = through(half, compensated('payment'));

    expect(job.status).toBe('cancelled');
    expect(job).not.toHaveProperty('cancelling');
    expect(statusesOf(job)).toEqual(['completed', 'compensated', 'compensated', 'skipped']);
  });

  it('takes effect when the stage in progress refuses the order', () => {
    const job = through(aJobAt('payment'), cancel, refused('payment', 1));

    expect(job).toMatchObject({ status: 'cancelled', error: { code: 'cancelled', stage: 'payment' } });
    expect(stepOf(job, 'payment')?.status).toBe('failed');
  });

  it.each([
    ['times out', timedOut],
    ['is stopped', stopped],
  ])('takes effect when the execution %s', (_, ended) => {
    const job = through(aJobAt('payment'), cancel, ended, compensated('payment'));

    expect(job).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } });
  });

  it('takes effect when a best-effort stage is skipped that is not the last', () => {
    const table = [fourStages[0], { ...fourStages[3], name: 'greeting' }, fourStages[1], fourStages[2]];
    const walk = [started('validation', 1), completed('validation', 1), cancel, skipped('greeting')];

    const job = walk.reduce((before, event) => transition(before, event, later(10), table), accepted(table));

    expect(job).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } });
  });

  it('skips a stage that seems not to have begun, and undoes it all the same before the job ends', () => {
    const undoing = through(aJobAt('payment'), cancel, started('payment'));

    expect(undoing.status).toBe('processing');
    expect(nextCompensation(undoing)?.name).toBe('payment');
    const job = through(undoing, compensated('payment'));
    expect(job).toMatchObject({ status: 'cancelled', version: undoing.version + 1 });
    expect(stepOf(job, 'payment')?.status).toBe('skipped');
    expect(job.outcome).toBeUndefined();
  });

  it('undoes in silence what seems not to have begun while there is more to undo', () => {
    const undoing = through(aJobAt('order-creation'), cancel, started('order-creation'));

    const undone = through(undoing, compensated('order-creation'));

    expect(undone.version).toBe(undoing.version);
    expect(nextCompensation(undone)?.name).toBe('payment');
    expect(statusesOf(through(undone, compensated('payment')))).toEqual([
      'completed',
      'compensated',
      'skipped',
      'skipped',
    ]);
  });

  it.each([
    ['of which an attempt failed', [cancel, started('payment', 2)]],
    ['that was redriven', [exhausted('payment'), redriven, cancel, started('payment', 1)]],
  ])('undoes a stage %s, for it may have charged', (_, events) => {
    const undoing = through(aJobAt('payment'), ...events);

    expect(nextCompensation(undoing)?.name).toBe('payment');
    expect(through(undoing, compensated('payment')).status).toBe('cancelled');
  });

  it.each([
    ['completed', aCompletedJob(), 'ended as completed'],
    ['failed for good', aDeclinedJob(), 'ended as failed'],
    ['sending its confirmation', aJobAt('email'), 'too late'],
    [
      'failing and being undone',
      through(aJobAt('order-creation'), refused('order-creation')),
      'being undone',
    ],
  ])('is refused for a job that is %s', (_, job, why) => {
    expect(cancelRefusal(job)).toContain(why);
    expect(transition(job, cancel, later(1))).toBe(job);
  });

  it.each([
    ['queued', aJob()],
    ['in a stage that can be undone', aJobAt('order-creation')],
    ['waiting for a redrive', anExhaustedJob()],
    ['being cancelled already', through(anExhaustedJob(), cancel)],
  ])('is taken for a job that is %s', (_, job) => {
    expect(cancelRefusal(job)).toBeUndefined();
  });
});

describe('an execution that ended without a word', () => {
  it.each([
    ['cancelled', stopped],
    ['failed', timedOut],
  ])('makes the job %s once everything is undone', (status, event) => {
    const undoing = through(aJobAt('order-creation'), event);
    expect(undoing.status).toBe('processing');

    const job = through(undoing, compensated('order-creation'), compensated('payment'));

    expect(job).toMatchObject({ status, error: { ...reason, redrivable: false } });
    expect(statusesOf(job)).toEqual(['completed', 'compensated', 'compensated', 'skipped']);
  });

  it('is no news for a job that has ended or is being undone', () => {
    for (const job of [aCompletedJob(), aDeclinedJob(), through(aJobAt('payment'), timedOut)]) {
      expect(transition(job, stopped, later(9_000))).toBe(job);
    }
  });
});

describe('a compensation that fails for good', () => {
  const failed = through(aJobAt('payment'), stopped, compensationFailed);

  it('is never silent: the job fails, and can be redriven', () => {
    expect(failed).toMatchObject({
      status: 'failed',
      error: { ...reason, stage: 'payment', redrivable: true },
    });
  });

  it('still ends as it was to end when it is redriven and succeeds', () => {
    const job = through(failed, redriven, compensated('payment'));

    expect(job).toMatchObject({ status: 'cancelled', error: { redrivable: false } });
  });

  it('does not let a stage go on', () => {
    expect(dueStage(failed)).toBeUndefined();
    expect(transition(failed, started('payment'), later(1))).toBe(failed);
  });
});

describe('a job that has ended', () => {
  it.each([
    ['completed', aCompletedJob()],
    ['failed', aDeclinedJob()],
    ['cancelled', through(aJob(), cancel, started('validation'))],
  ])('takes no event any more when it is %s', (_, job) => {
    for (const { name } of fourStages) {
      const late = [started(name, 9), completed(name), attemptFailed(name), refused(name), exhausted(name)];
      for (const event of [
        ...late,
        compensated(name),
        cancel,
        redriven,
        stopped,
        timedOut,
        compensationFailed,
      ]) {
        expect(transition(job, event, later(999))).toBe(job);
      }
    }
  });
});

const stageRow = (name: string, bestEffort: boolean, compensable: boolean): Stage => ({
  name,
  state: name,
  purpose: name,
  expectedMs: 100,
  timeoutSeconds: 1,
  retry: { maxRetries: 1, intervalSeconds: 1, backoffRate: 1, maxDelaySeconds: 1 },
  ...(bestEffort && { bestEffort }),
  ...(compensable && { compensation: 'refund-charge' }),
});

const generatedTable: fc.Arbitrary<StageTable> = fc
  .array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 8 })
  .map((rows) =>
    rows.map(([bestEffort, compensable], i) =>
      stageRow(`stage-${i}`, bestEffort, compensable && !bestEffort),
    ),
  );

const anyEvent = (table: StageTable): fc.Arbitrary<JobEvent> => {
  const stage = fc.constantFrom(...table.map(({ name }) => name), 'unknown');
  const attempt = fc.integer({ min: 1, max: 4 });
  const ofAttempt = (make: (stage: string, attempt: number) => JobEvent) =>
    fc.tuple(stage, attempt).map(([name, count]) => make(name, count));
  return fc.oneof(
    { weight: 6, arbitrary: ofAttempt(started) },
    { weight: 12, arbitrary: ofAttempt(completed) },
    { weight: 3, arbitrary: ofAttempt(attemptFailed) },
    { weight: 2, arbitrary: ofAttempt(refused) },
    { weight: 2, arbitrary: stage.map(exhausted) },
    { weight: 2, arbitrary: stage.map(skipped) },
    { weight: 6, arbitrary: stage.map(compensated) },
    { weight: 4, arbitrary: fc.constantFrom(cancel, redriven, stopped, timedOut, compensationFailed) },
  );
};

const accepted = (table: StageTable) =>
  acceptJob({ jobId, owner, ticket, retentionDays: 1, redriveSeconds: 3_600 }, now, table);

/** The job before and after each of the events, a second apart. */
function walk(table: StageTable, events: readonly JobEvent[]): [before: Job, next: Job][] {
  let job = accepted(table);
  return events.map((event, i) => {
    const before = job;
    job = transition(before, event, later((i + 1) * 1_000), table);
    return [before, job];
  });
}

/** Ended for good: neither a redrive nor a cancellation can change the job. */
const isFinal = (job: Job) => isTerminal(job) && !isRedrivable(job);

describe.each<[string, fc.Arbitrary<StageTable>]>([
  ["the product's table", fc.constant(stages)],
  ['any table', generatedTable],
])('whatever happens, over %s,', (_, tables) => {
  const history = tables.chain((table) =>
    fc.array(anyEvent(table), { maxLength: 60 }).map((events) => ({ table, events })),
  );

  /** Holds for every step of every history. */
  const always = (claim: (before: Job, next: Job, table: StageTable, event: JobEvent) => void) =>
    fc.assert(
      fc.property(history, ({ table, events }) => {
        for (const [i, [before, next]] of walk(table, events).entries()) {
          claim(before, next, table, events[i] as JobEvent);
        }
      }),
      { numRuns: 300 },
    );

  it('version grows by exactly one when a client sees a change, and not at all otherwise', () => {
    always((before, next) => {
      const timeless = (job: Job) => {
        const {
          version: _,
          updatedAt: __,
          estimatedCompletion: ___,
          ...rest
        } = statusDocument(job, urls, now);
        return JSON.stringify(rest);
      };
      const grown = next.version - before.version;
      if (timeless(next) !== timeless(before)) expect(grown).toBe(1);
      else expect([0, 1]).toContain(grown);
      if (grown === 0) expect(statusDocument(next, urls, now)).toEqual(statusDocument(before, urls, now));
    });
  });

  it('only a request for cancellation changes a job without a new version', () => {
    always((before, next, _, event) => {
      if (next !== before && next.version === before.version) {
        expect(event).toEqual(cancel);
        expect(next).toEqual({ ...before, cancelRequested: true });
      }
    });
  });

  it('updatedAt and the ETag change with the version', () => {
    always((before, next) => {
      const changed = next.version !== before.version;
      expect(next.updatedAt !== before.updatedAt).toBe(changed);
      expect(etagOf(next, now) !== etagOf(before, now)).toBe(changed);
    });
  });

  it('progress never falls, and is 100 exactly when the job is completed', () => {
    always((before, next) => {
      expect(progressOf(next)).toBeGreaterThanOrEqual(progressOf(before));
      expect(progressOf(next) === 100).toBe(next.status === 'completed');
    });
  });

  it('progress rises with a stage that completes, and with nothing else but the end of the job', () => {
    always((before, next, _, event) => {
      if (progressOf(next) > progressOf(before) && next.status !== 'completed') {
        expect(event.type).toBe('stage-completed');
      }
    });
  });

  it('a job that has ended for good never changes', () => {
    always((before, next) => {
      if (isFinal(before)) expect(next).toBe(before);
    });
  });

  it('a failure that can be redriven is changed only by a redrive, a cancellation, or what it waits for', () => {
    always((before, next, _, event) => {
      if (isRedrivable(before) && next !== before) {
        expect(['redriven', 'cancel-requested', 'stage-started', 'compensated']).toContain(event.type);
      }
    });
  });

  it('a step that was completed or undone is never worked on again', () => {
    always((before, next) => {
      for (const [i, { status }] of before.steps.entries()) {
        if (status === 'completed') expect(['completed', 'compensated']).toContain(next.steps[i]?.status);
        if (status === 'compensated') expect(next.steps[i]).toEqual(before.steps[i]);
        if (status !== 'pending') expect(next.steps[i]?.status).not.toBe('pending');
      }
    });
  });

  it('only a stage that is due is worked on, and none while the job is being undone or has ended', () => {
    always((before, next, table) => {
      for (const [i, { status, name }] of next.steps.entries()) {
        if (status === 'completed' && before.steps[i]?.status !== 'completed') {
          expect(dueStage(before)).toBe(name);
        }
      }
      const due = dueStage(next);
      if (next.outcome || isFinal(next)) expect(due).toBeUndefined();
      else expect(table.map(({ name }) => name)).toContain(due);
    });
  });

  it('whatever may have had an effect is undone before a job ends without being completed', () => {
    always((before, next, table) => {
      if (isFinal(before) || !isFinal(next) || next.status === 'completed') return;
      const left = next.steps.filter(
        ({ name, status }) =>
          (status === 'completed' || status === 'in-progress') &&
          table.find((row) => row.name === name)?.compensation,
      );
      expect(left).toEqual([]);
    });
  });

  it('a completed job has nothing undone', () => {
    always((_, next) => {
      if (next.status === 'completed') {
        for (const { status } of next.steps) expect(['completed', 'failed']).toContain(status);
      }
    });
  });

  it('error is there exactly when the job did not complete, estimate exactly when it has not ended', () => {
    always((_, next) => {
      expect(next.error !== undefined).toBe(next.status === 'failed' || next.status === 'cancelled');
      expect(next.estimatedCompletion !== undefined).toBe(!isTerminal(next));
    });
  });

  it('outcome is there only while something is to be undone, and never after the end for good', () => {
    always((_, next, table) => {
      if (isFinal(next)) expect(next.outcome).toBeUndefined();
      expect(next.outcome !== undefined).toBe(nextCompensation(next, table) !== undefined);
    });
  });

  it('a step that waits for an attempt is in progress', () => {
    always((_, next) => {
      for (const step of next.steps) if (step.nextAttemptAt) expect(step.status).toBe('in-progress');
    });
  });

  it('who owns it, its ticket and its beginning stay', () => {
    always((before, next) => {
      expect(next).toMatchObject({ jobId, owner, ticket, createdAt: before.createdAt });
    });
  });

  it('an event that is repeated at once is no news', () => {
    const sameAgain: JobEvent['type'][] = ['redriven', 'compensated'];
    always((before, next, table, event) => {
      // An event that resumes a failed job counts as a new attempt, whatever its number.
      if (next === before || isRedrivable(before) || sameAgain.includes(event.type)) return;
      expect(transition(next, event, later(99_000), table)).toBe(next);
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

  it('a job can always be brought to its end', () => {
    fc.assert(
      fc.property(history, ({ table, events }) => {
        let job = walk(table, events).at(-1)?.[1] ?? accepted(table);

        for (let i = 0; i < 20 && !isFinal(job); i++) {
          const undo = nextCompensation(job, table);
          const due = dueStage(job);
          const next =
            undo !== undefined ? compensated(undo.name) : isTerminal(job) ? redriven : completed(due ?? '');
          job = transition(job, next, later(100_000 + i), table);
        }

        expect(isFinal(job)).toBe(true);
      }),
    );
  });
});
