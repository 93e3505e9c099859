import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isTerminal } from '../../../domain/job.ts';
import { happenings, type Seen, step } from './commands.ts';
import { startDynamoDb } from './embedded-dynamodb.ts';
import type { Tempers } from './provider.ts';
import { createWorld, type World } from './world.ts';

/** Interleavings that are tried; more with `MODEL_RUNS=5000 npx jest job-model`. */
const numRuns = Number(process.env.MODEL_RUNS ?? 60);

/** Sweeps that bring any job to its end: a settlement may have to be started, given up and told. */
const maxSweeps = 8;

const anyTempers: fc.Arbitrary<Tempers> = fc.record({
  isDeclined: fc.boolean(),
  flakiness: fc.nat({ max: 3 }),
  mailFlakiness: fc.nat({ max: 2 }),
});

let dynamodb: Awaited<ReturnType<typeof startDynamoDb>>;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());

describe('a job', () => {
  it('keeps every promise, whatever happens to it, in whatever order, and ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyTempers,
        fc.commands(happenings, { maxCommands: 60, size: 'max' }),
        async (tempers, commands) => {
          const world = await createWorld(randomUUID(), tempers);
          const seen: Seen = { last: await world.snapshot() };
          await fc.asyncModelRun(() => ({ model: seen, real: world }), commands);

          await finish(seen, world);

          expect(isTerminal(seen.last.job)).toBe(true);
          if (seen.last.job.error?.redrivable) await resolve(seen, world);
        },
      ),
      { numRuns },
    );
  }, 600_000);
});

/** Runs what is at work, then lets the schedule look after the job, until it has ended. */
async function finish(seen: Seen, world: World): Promise<void> {
  await workOn(seen, world);
  for (let sweeps = 0; sweeps < maxSweeps && !isTerminal(seen.last.job); sweeps++) {
    await step(seen, world, () => world.sweep());
    await workOn(seen, world);
  }
}

async function workOn(seen: Seen, world: World): Promise<void> {
  while (world.activities.waiting > 0) await step(seen, world, () => world.activities.advance(0, 'done'));
}

/** A failure that waits for somebody can be resumed, or be undone. */
async function resolve(seen: Seen, world: World): Promise<void> {
  await step(seen, world, () => world.redrive());
  await finish(seen, world);
  if (seen.last.job.error?.redrivable) await step(seen, world, () => world.cancel());
  await finish(seen, world);
  expect(seen.last.job.error?.redrivable ?? false).toBe(false);
}
