import fc from 'fast-check';
import type { Fate } from './activities.ts';
import { checkMoment, checkStep } from './invariants.ts';
import { type Snapshot, stageNames, type World } from './world.ts';

/** The model is what was seen last. */
export interface Seen {
  last: Snapshot;
}

type Step = fc.AsyncCommand<Seen, World>;

/** Does something, and looks whether everything still holds. */
export async function step(seen: Seen, world: World, run: () => Promise<unknown>): Promise<void> {
  await run();
  await world.activities.settled();
  const present = await world.snapshot();
  checkStep(seen.last, present);
  checkMoment(present, world);
  seen.last = present;
}

const command = (name: string, run: (world: World) => Promise<unknown>): Step => ({
  check: () => true,
  run: (seen, world) => step(seen, world, () => run(world)),
  toString: () => name,
});

const anything = (name: string, run: (world: World) => Promise<unknown>): fc.Arbitrary<Step> =>
  fc.constant(command(name, run));

const advance = (choice: number, fate: Fate): Step =>
  command(`advance ${choice} ${fate}`, async (world) => {
    if (world.activities.waiting > 0) await world.activities.advance(choice, fate);
  });

const anyChoice = fc.nat({ max: 7 });
const anyStage = fc.constantFrom(...stageNames);
const anyConnection = fc.constantFrom('c1', 'c2', 'c3');
const anyFate: fc.Arbitrary<Fate> = fc.constantFrom('fails', 'lost', 'dies-before', 'dies-after');
const anyEnd = fc.constantFrom<'ABORTED' | 'TIMED_OUT' | 'FAILED'>('ABORTED', 'TIMED_OUT', 'FAILED');

/** The execution with this number, of those that were started. */
const named = ({ machine, jobId }: World, choice: number): string => {
  const names = machine.names();
  return names[choice % names.length] ?? jobId;
};

/** Works on, most of all. */
const working = fc.oneof(
  { weight: 5, arbitrary: anyChoice.map((choice) => advance(choice, 'done')) },
  { weight: 1, arbitrary: fc.tuple(anyChoice, anyFate).map(([choice, fate]) => advance(choice, fate)) },
);

/** How an order begins, as often as accept and bookkeeping may ask for it. */
const beginnings = {
  standard: [anything('start', ({ machine, jobId }) => machine.executions.start(jobId))],
  'express-first': [
    anything('start in Express', async ({ express }) => express.start()),
    anyChoice.map((choice) =>
      command(`Express execution ${choice} lost`, async ({ express }) => express.lose(choice)),
    ),
  ],
};

/** Everything that may happen to an order, in any order. */
export const happenings = (workflow: keyof typeof beginnings): fc.Arbitrary<Step>[] => [
  ...Array.from({ length: 12 }, () => working),
  ...beginnings[workflow],
  anything('cancel', (world) => world.cancel()),
  anything('redrive', (world) => world.redrive()),
  anything('time for a redrive passes', async (world) => world.passRedriveTime()),
  anything('deploy', async (world) => world.deploy()),
  // Its last function said yes, and the job knows nothing of it.
  anything('execution lost', async ({ machine, jobId }) => machine.end(jobId, 'SUCCEEDED')),
  anything('power cut', async ({ activities, machine }) => {
    activities.abandon();
    machine.resume();
  }),
  anything('sweep', (world) => world.sweep()),
  anyChoice.map((choice) => command(`event ${choice}`, (world) => world.reconcile(named(world, choice)))),
  anyChoice.map((choice) =>
    command(`console redrive ${choice}`, async (world) => world.machine.redrive(named(world, choice))),
  ),
  fc
    .tuple(anyChoice, anyEnd)
    .map(([choice, end]) =>
      command(`execution ${choice} ${end}`, async (world) => world.machine.end(named(world, choice), end)),
    ),
  fc
    .tuple(anyStage, fc.nat({ max: 3 }))
    .map(([stage, retryCount]) =>
      command(`late ${stage} ${retryCount}`, (world) => world.deliver(stage, retryCount)),
    ),
  anyConnection.map((id) => command(`watch ${id}`, (world) => world.watch(id))),
  anyConnection.map((id) => command(`unwatch ${id}`, (world) => world.unwatch(id))),
];
