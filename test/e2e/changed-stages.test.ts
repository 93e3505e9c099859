import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { StatusDocument } from '../../domain/protocol/protocol.ts';
import { isExpressFirst } from './support/is-express-first.ts';
import { type LocalCloud, startLocalCloud, startLocalCloudIn } from './support/local-cloud.ts';
import { needing } from './support/needing.ts';
import { local, ordersApi } from './support/orders-api.ts';
import { copyProduct, type ProductCopy } from './support/product-copy.ts';

const describe = needing('a local cloud of its own');

interface Ledger {
  readonly charges: readonly { jobId: string }[];
  readonly refunds: readonly { jobId: string }[];
}

const owner = 'ada';
const data = mkdtempSync(path.join(tmpdir(), 'accepted-data-'));
/** Forty retries in seconds. */
const options = ['--data', data, '--time-scale', '0.0005'];
let cloud: LocalCloud;
let later: ProductCopy;
/** Starting the local cloud twice takes a busy machine minutes. */
const patienceMs = 400_000;

afterAll(async () => {
  await cloud.stop();
  later.remove();
  rmSync(data, { recursive: true });
});

const origin = () => new URL(cloud.api).origin;
const api = () => ordersApi(owner, origin());

const inject = (fault: object) =>
  local(
    'faults',
    { method: 'POST', body: JSON.stringify(fault), headers: { 'content-type': 'application/json' } },
    origin(),
  );

/** Submits an order whose function at a stage neither answers nor does anything, as all do there from now on. */
async function hangingAt(stage: string): Promise<string> {
  await inject({ target: `lambda:${stage}`, effect: 'hang', probability: 1 });
  const ada = await api();
  const { jobId } = (await ada.submit()).body;
  await ada.until(jobId, (job) => job.stage === stage);
  return jobId;
}

/** Submits two orders that fail at a stage for longer than it is retried. */
async function strandedAt(stage: string): Promise<[string, string]> {
  await inject({ target: `lambda:${stage}`, effect: 'error', probability: 1 });
  const ada = await api();
  const jobIds = [(await ada.submit()).body.jobId, (await ada.submit()).body.jobId] as [string, string];
  for (const jobId of jobIds) await ada.ending(jobId);
  await local('faults', { method: 'DELETE' }, origin());
  return jobIds;
}

/** Asks for a cancellation or a redrive. */
async function ask(jobId: string, verb: 'cancel' | 'redrive'): Promise<number> {
  return (await (await api()).ask(jobId, verb)).status;
}

const ending = async (jobId: string): Promise<StatusDocument> => (await api()).ending(jobId);

/** Each step's status, by its name. */
const stepsOf = ({ steps }: StatusDocument) =>
  Object.fromEntries(steps.map(({ name, status }) => [name, status]));

async function ledgerOf(jobId: string): Promise<{ charges: number; refunds: number }> {
  const { charges, refunds } = await local<Ledger>('ledger', undefined, origin());
  const ofJob = (line: { jobId: string }) => line.jobId === jobId;
  return { charges: charges.filter(ofJob).length, refunds: refunds.filter(ofJob).length };
}

/** The product after its team renamed `payment` to `charge`, added `screening` before it and removed `email`. */
function laterProduct(): ProductCopy {
  const product = copyProduct();
  const row = (name: string) => new RegExp(` {2}\\{\\n {4}name: '${name}',[\\s\\S]*?\\n {2}\\},\\n`);
  const screening = {
    name: 'screening',
    state: 'Screen order',
    purpose: 'Looks for fraud.',
    expectedMs: 200,
    timeoutSeconds: 10,
    retry: { maxRetries: 40, intervalSeconds: 1, backoffRate: 2, maxDelaySeconds: 900 },
  };

  product.edit('domain/stages.ts', row('email'), '');
  product.edit(
    'domain/stages.ts',
    "name: 'payment',\n    state: 'Take payment'",
    "name: 'charge',\n    state: 'Charge card'",
  );
  product.edit('domain/stages.ts', row('charge'), `${JSON.stringify(screening)},\n$&`);
  product.copy('lambdas/stages/validation.ts', 'lambdas/stages/screening.ts');
  product.edit('lambdas/stages/screening.ts', "createStage('validation'", "createStage('screening'");
  product.edit('lambdas/stages/screening.ts', 'stages/validation', 'stages/screening');
  product.rename('lambdas/stages/payment.ts', 'lambdas/stages/charge.ts');
  product.edit('lambdas/stages/charge.ts', "'stages/payment'", "'stages/charge'");
  product.edit('lambdas/stages/charge.ts', "'payment'", "'charge'");
  product.delete('lambdas/stages/email.ts');
  product.edit('lambdas/runtime/environment.ts', "'stages/payment'", "'stages/charge'");
  product.edit('lambdas/runtime/environment.ts', /.*'stages\/email'.*\n/, '');
  product.edit(
    'lib/order-stages.ts',
    "payment: { entry: 'stages/payment'",
    "charge: { entry: 'stages/charge'",
  );
  product.edit('lib/order-stages.ts', 'payment: provider.charge', 'charge: provider.charge');
  product.edit('lib/order-stages.ts', /.*entry: 'stages\/email'.*\n/, '');
  product.edit('lib/order-stages.ts', /.*email: \[updateOrder.*\n/, '');
  return product;
}

/** Orders that the first version leaves behind. */
let orders: Record<'paying' | 'cancelled' | 'toRedrive' | 'toCancel' | 'notStarted', string>;

beforeAll(async () => {
  later = laterProduct();
  cloud = await startLocalCloud(...options);
  const [toRedrive, toCancel] = await strandedAt('order-creation');
  const cancelled = await hangingAt('order-creation');
  expect(await ask(cancelled, 'cancel')).toBe(202);
  const paying = await hangingAt('payment');
  await inject({ target: 'states:StartExecution', effect: 'error', probability: 1 });
  const notStarted = (await (await api()).submit()).body.jobId;
  orders = { paying, cancelled, toRedrive, toCancel, notStarted };
  await cloud.kill();

  cloud = await startLocalCloudIn(later.folder, ...options);
}, patienceMs);

/** The steps of an order that was accepted before, and that an execution of the new definition completed. */
const newStagesOnly = {
  validation: 'completed',
  screening: 'completed',
  charge: 'completed',
  payment: 'skipped',
  'order-creation': 'completed',
  email: 'skipped',
};

describe('after a stage was renamed, one was added and one was removed', () => {
  it('an order in flight goes on with the stages of its execution', async () => {
    const completed = await ending(orders.paying);

    // The kill ended the Express execution. The Standard one that continues the order has the new definition.
    expect(stepsOf(completed)).toEqual(
      isExpressFirst
        ? newStagesOnly
        : {
            validation: 'completed',
            payment: 'completed',
            'order-creation': 'completed',
            email: 'completed',
          },
    );
    expect(await ledgerOf(orders.paying)).toEqual({ charges: 1, refunds: 0 });
  });

  it('a cancelled order is refunded, although the stage that charged it is not in the table', async () => {
    const cancelled = await ending(orders.cancelled);

    expect(cancelled.status).toBe('cancelled');
    expect(stepsOf(cancelled)).toMatchObject({
      validation: 'completed',
      payment: 'compensated',
      email: 'skipped',
    });
    expect(await ledgerOf(orders.cancelled)).toEqual({ charges: 1, refunds: 1 });
  });

  it('a redrive resumes the old definition, and charges nothing again', async () => {
    expect(await ask(orders.toRedrive, 'redrive')).toBe(202);
    const completed = await ending(orders.toRedrive);

    expect(stepsOf(completed)).toEqual({
      validation: 'completed',
      payment: 'completed',
      'order-creation': 'completed',
      email: 'completed',
    });
    expect(await ledgerOf(orders.toRedrive)).toEqual({ charges: 1, refunds: 0 });
  });

  it('a cancellation of an old failure gives the money back', async () => {
    expect(await ask(orders.toCancel, 'cancel')).toBe(202);
    const cancelled = await ending(orders.toCancel);

    expect(cancelled.status).toBe('cancelled');
    expect(stepsOf(cancelled)).toMatchObject({ payment: 'compensated', 'order-creation': 'compensated' });
    expect(await ledgerOf(orders.toCancel)).toEqual({ charges: 1, refunds: 1 });
  });

  it('an order that had not been started takes the new stages, and shows the old ones as skipped', async () => {
    const completed = await ending(orders.notStarted);

    expect(stepsOf(completed)).toEqual(newStagesOnly);
    expect(await ledgerOf(orders.notStarted)).toEqual({ charges: 1, refunds: 0 });
  });

  it('a new order has the new stages only', async () => {
    const { jobId } = (await (await api()).submit()).body;

    const completed = await ending(jobId);

    expect(stepsOf(completed)).toEqual({
      validation: 'completed',
      screening: 'completed',
      charge: 'completed',
      'order-creation': 'completed',
    });
    expect(await ledgerOf(jobId)).toEqual({ charges: 1, refunds: 0 });
  });

  it('a rollback lets orders of the newer version finish with its stages, and new ones with the older', async () => {
    const charging = await hangingAt('charge');
    await cloud.kill();

    cloud = await startLocalCloud(...options);
    const { jobId } = (await (await api()).submit()).body;
    const [newer, older] = [await ending(charging), await ending(jobId)];

    expect(stepsOf(newer)).toEqual({
      validation: 'completed',
      screening: 'completed',
      'order-creation': 'completed',
      ...(isExpressFirst
        ? { charge: 'skipped', payment: 'completed', email: 'completed' }
        : { charge: 'completed' }),
    });
    expect(stepsOf(older)).toMatchObject({ payment: 'completed', email: 'completed' });
    for (const id of [charging, jobId]) expect(await ledgerOf(id)).toEqual({ charges: 1, refunds: 0 });
  });
});
