import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isTerminal } from '../../../domain/job/job.ts';
import { type EmbeddedDynamoDb, startDynamoDb } from '../../support/embedded-dynamodb.ts';
import { happenings, type Seen, step } from './commands.ts';
import type { Tempers } from './provider.ts';
import { createWorld, type World } from './world.ts';

/** Interleavings that are tried; more with `MODEL_RUNS=5000 npx jest job-model`. */
const { MODEL_RUNS = 60 } = process.env;
const numRuns = Number(MODEL_RUNS);

/** Redrives after which the moodiest provider has answered. */
const maxTries = 4;

/** Sweeps that bring any job to its end: a settlement may have to be started, given up and told. */
const maxSweeps = 8;

const anyTempers: fc.Arbitrary<Tempers> = fc.record({
  isDeclined: fc.boolean(),
  flakiness: fc.nat({ max: 3 }),
  mailFlakiness: fc.nat({ max: 2 }),
});

let dynamodb: EmbeddedDynamoDb;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
  await dynamodb.createTable('Jobs', 'jobs');
  await dynamodb.createTable('Orders', 'orders');
});
afterAll(() => dynamodb.stop());

describe('a job', () => {
  it.each([
    ['standard', numRuns],
    ['express-first', Math.ceil(numRuns / 2)],
  ] as const)(
    'keeps every promise, whatever happens to it, in whatever order, and ends: %s',
    async (workflow, numRuns) => {
      await fc.assert(
        fc.asyncProperty(
          anyTempers,
          fc.boolean(),
          fc.commands(happenings(workflow), { maxCommands: 60, size: 'max' }),
          async (tempers, isCancelled, commands) => {
            const world = await createWorld(randomUUID(), tempers);
            const seen: Seen = { last: await world.snapshot() };
            await fc.asyncModelRun(() => ({ model: seen, real: world }), commands);

            await finish(seen, world);

            expect(isTerminal(seen.last.job)).toBe(true);
            await resolve(seen, world, isCancelled);
          },
        ),
        { numRuns },
      );
    },
    600_000,
  );

  it.each(['payment', 'order-creation'])(
    'is undone when it is cancelled at %s, whose first attempt a power cut made forget itself',
    async (stage) => {
      const world = await createWorld(randomUUID(), { isDeclined: false, flakiness: 0, mailFlakiness: 0 });
      const seen: Seen = { last: await world.snapshot() };
      await step(seen, world, () => world.machine.executions.start(world.jobId));
      const effect = stage === 'payment' ? 'payments.charge' : 'orders.create';
      await workUntil(world, effect);
      await world.cancel();
      for (const turn of ['jobs.get', 'jobs.change']) await world.activities.perform(`cancel: ${turn}`);

      world.activities.abandon();
      world.machine.resume();
      await world.activities.settled();
      seen.last = await world.snapshot();
      await finish(seen, world);

      expect(seen.last).toMatchObject({ job: { status: 'cancelled' }, charges: 1, refunds: 1 });
    },
  );

  it.each([
    ['before it was sent', 'orders.claimConfirmation', 0],
    ['after it was sent', 'mail.send', 1],
  ])('says that its confirmation failed when a power cut came %s', async (_, effect, mails) => {
    const world = await createWorld(randomUUID(), { isDeclined: false, flakiness: 0, mailFlakiness: 0 });
    const seen: Seen = { last: await world.snapshot() };
    await step(seen, world, () => world.machine.executions.start(world.jobId));
    await workUntil(world, effect);

    world.activities.abandon();
    world.machine.resume();
    await world.activities.settled();
    seen.last = await world.snapshot();
    await finish(seen, world);

    expect(seen.last).toMatchObject({ job: { status: 'completed' }, mails });
    expect(seen.last.job.steps.at(-1)).toMatchObject({ name: 'email', status: 'failed' });
  });

  it('is cancelled although its failure is reported at the moment of the request', async () => {
    const world = await createWorld(randomUUID(), { isDeclined: false, flakiness: 2, mailFlakiness: 0 });
    const seen: Seen = { last: await world.snapshot() };
    await step(seen, world, () => world.machine.executions.start(world.jobId));
    await workOn(seen, world);
    await world.reconcile(world.jobId);
    for (const turn of ['jobs.get', 'executions.status'])
      await world.activities.perform(`reconcile: ${turn}`);

    await world.cancel();
    for (const turn of ['jobs.get', 'jobs.change']) await world.activities.perform(`cancel: ${turn}`);
    await world.activities.perform('reconcile: jobs.change');
    seen.last = await world.snapshot();
    await finish(seen, world);

    expect(seen.last).toMatchObject({ job: { status: 'cancelled' }, charges: 0 });
  });

  it('is completed by a redrive that a late report of the failure overtakes', async () => {
    const world = await createWorld(randomUUID(), { isDeclined: false, flakiness: 2, mailFlakiness: 0 });
    const seen: Seen = { last: await world.snapshot() };
    await step(seen, world, () => world.machine.executions.start(world.jobId));
    await workOn(seen, world);
    await world.reconcile(world.jobId);
    for (const turn of ['jobs.get', 'executions.status'])
      await world.activities.perform(`reconcile: ${turn}`);

    world.machine.redrive(world.jobId);
    await world.activities.settled();
    // It was passed the job, and does not read it.
    await world.activities.perform('execution 2: jobs.change');
    await world.activities.perform('reconcile: jobs.change');
    seen.last = await world.snapshot();
    await finish(seen, world);

    expect(seen.last).toMatchObject({ job: { status: 'completed' }, charges: 1, refunds: 0 });
  });
});

/** Runs what is at work, then lets the schedule look after the job, until it has ended. */
async function finish(seen: Seen, world: World): Promise<void> {
  await workOn(seen, world);
  for (let sweeps = 0; sweeps < maxSweeps && !isTerminal(seen.last.job); sweeps++) {
    await step(seen, world, () => world.sweep());
    await workOn(seen, world);
  }
}

async function workUntil({ activities }: World, effect: string): Promise<void> {
  while (activities.waiting > 0) if ((await activities.advance(0, 'done')).includes(effect)) return;
  throw new Error(`Nobody came to ${effect}.`);
}

async function workOn(seen: Seen, world: World): Promise<void> {
  while (world.activities.waiting > 0) await step(seen, world, () => world.activities.advance(0, 'done'));
}

/** A failure that waits for somebody can be resumed until it succeeds, and can be undone. */
async function resolve(seen: Seen, world: World, isCancelled: boolean): Promise<void> {
  for (let tries = 0; tries < maxTries && isWaiting(seen); tries++) {
    const way = isCancelled && !seen.last.job.outcome ? 'cancel' : 'redrive';
    await step(seen, world, () => world[way]());
    await finish(seen, world);
  }
  expect(isWaiting(seen)).toBe(false);
}

const isWaiting = ({ last }: Seen): boolean => last.job.error?.redrivable === true;
