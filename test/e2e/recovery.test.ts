import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  RedriveExecutionCommand,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Problem, StatusDocument } from '../../domain/protocol/protocol.ts';
import { createOrdersClient } from '../../packages/client/src/index.ts';
import { cancelWhilePaying } from './support/cancel-while-paying.ts';
import { type LocalCloud, startLocalCloud } from './support/local-cloud.ts';
import { needing } from './support/needing.ts';
import { isTerminal, local, ordersApi } from './support/orders-api.ts';

const describe = needing('a local cloud of its own');

interface Ledger {
  readonly charges: readonly { jobId: string }[];
  readonly refunds: readonly { jobId: string }[];
}

/** Faults strike whoever is near, so this suite has a cloud of its own. */
let cloud: LocalCloud;
let origin: string;
let states: SFNClient;

beforeAll(async () => {
  // Forty retries in seconds.
  cloud = await startLocalCloud('--time-scale', '0.0005');
  origin = new URL(cloud.api).origin;
  states = new SFNClient({
    endpoint: cloud.aws,
    region: 'us-east-1',
    credentials: { accessKeyId: 'operator', secretAccessKey: 'any' },
  });
});

afterEach(() => local('faults', { method: 'DELETE' }, origin));

afterAll(() => cloud.stop());

const owner = () => ordersApi(undefined, origin);

const inject = (fault: object) =>
  local(
    'faults',
    { method: 'POST', body: JSON.stringify(fault), headers: { 'content-type': 'application/json' } },
    origin,
  );

async function ledgerOf(jobId: string): Promise<{ charges: number; refunds: number }> {
  const { charges, refunds } = await local<Ledger>('ledger', undefined, origin);
  const ofJob = (line: { jobId: string }) => line.jobId === jobId;
  return { charges: charges.filter(ofJob).length, refunds: refunds.filter(ofJob).length };
}

async function executionArn(name: string): Promise<string> {
  for (;;) {
    const list = new ListExecutionsCommand({ stateMachineArn: await stateMachineArn() });
    const { executions = [] } = await states.send(list);
    const found = executions.find((execution) => execution.name === name);
    if (found?.executionArn) return found.executionArn;
  }
}

/** Makes a stage fail more often than an Express execution tries it, so that a Standard one works on the next order. */
const failTooOftenForExpress = (stage: string) =>
  inject({ target: `lambda:${stage}`, effect: 'error', times: 3 });

/** Of the state machine whose executions can be listed, stopped and redriven. */
async function stateMachineArn(): Promise<string> {
  const { stateMachines } = await states.send(new ListStateMachinesCommand());
  return stateMachines?.find(({ type }) => type === 'STANDARD')?.stateMachineArn ?? '';
}

/** Each step's status, by its name. */
const stepsOf = ({ steps }: StatusDocument) =>
  Object.fromEntries(steps.map(({ name, status }) => [name, status]));

/** A failure at order creation that outlasts every retry. */
interface RedrivableFailure {
  readonly api: Awaited<ReturnType<typeof owner>>;
  readonly jobId: string;
  readonly updatesUrl: string;
  readonly failed: StatusDocument;
}

/** Failures, one for each test that needs one. Their retries take as long as those of one. */
async function redrivableFailures(count: number): Promise<RedrivableFailure[]> {
  await inject({ target: 'lambda:order-creation', effect: 'error', probability: 1 });
  const failures = await Promise.all(
    Array.from({ length: count }, async () => {
      const api = await owner();
      const { jobId, updatesUrl } = (await api.submit()).body;
      return { api, jobId, updatesUrl, failed: await api.ending(jobId) };
    }),
  );
  await local('faults', { method: 'DELETE' }, origin);
  return failures;
}

describe('a technical failure', () => {
  let failures: RedrivableFailure[];
  beforeAll(async () => {
    failures = await redrivableFailures(3);
  });
  const aRedrivableFailure = () => failures.pop() as RedrivableFailure;

  it.each([
    ['before its work: its step shows two attempts', 'crash-before', 2],
    ['after its work: its step was done at the first', 'crash-after', 1],
  ])('is retried, charging once, when the function dies %s', async (_, effect, expected) => {
    const api = await owner();
    await inject({ target: 'lambda:payment', effect, times: 1 });

    const { jobId } = (await api.submit()).body;
    const completed = await api.ending(jobId);

    expect(completed.status).toBe('completed');
    for (const { name, attempts = 1 } of completed.steps)
      expect([name, attempts]).toEqual([name, name === 'payment' ? expected : 1]);
    expect(await ledgerOf(jobId)).toEqual({ charges: 1, refunds: 0 });
  });

  it('that outlasts its retries leaves a failure that a redrive resumes, charging nothing again', async () => {
    const { api, jobId, updatesUrl, failed } = aRedrivableFailure();
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'stage_failed', stage: 'order-creation', redrivable: true },
    });
    const orders = createOrdersClient({ baseUrl: cloud.api, token: api.token });
    const handle = orders.watch({ jobId, updatesUrl });
    await expect(handle.result()).rejects.toMatchObject({ code: 'stage_failed', redrivable: true });

    await handle.redrive();

    expect(await handle.result()).toMatchObject({ orderId: `ord_${jobId}` });
    expect((await api.status(jobId)).body.status).toBe('completed');
    expect(await ledgerOf(jobId)).toEqual({ charges: 1, refunds: 0 });
  });

  it("is resumed by the console's own redrive just as well", async () => {
    const { api, jobId } = aRedrivableFailure();

    await states.send(new RedriveExecutionCommand({ executionArn: await executionArn(jobId) }));
    await api.until(jobId, ({ status }) => status === 'completed');

    expect(await ledgerOf(jobId)).toEqual({ charges: 1, refunds: 0 });
  });

  it('is undone by a cancellation', async () => {
    const { api, jobId } = aRedrivableFailure();

    const asked = await api.ask(jobId, 'cancel');
    const seen = await api.until(jobId, ({ status }) => status === 'cancelled');

    expect(asked.status).toBe(202);
    expect(seen.at(-1)).toMatchObject({ error: { code: 'cancelled', redrivable: false } });
    expect(stepsOf(seen.at(-1) as StatusDocument)).toMatchObject({
      validation: 'completed',
      payment: 'compensated',
      'order-creation': 'compensated',
      email: 'skipped',
    });
    expect(await ledgerOf(jobId)).toEqual({ charges: 1, refunds: 1 });
    expect((await api.order(`/api/orders/ord_${jobId}`)).status).toBe(404);
  });

  it('of the answer to a sent confirmation sends no second one and fails its step', async () => {
    const api = await owner();
    await inject({ target: 'ses:SendEmail', effect: 'lost-answer', times: 1 });

    const completed = await api.ending((await api.submit()).body.jobId);

    expect(completed).toMatchObject({ status: 'completed', progress: 100 });
    expect(stepsOf(completed)).toMatchObject({ email: 'failed' });
    const inbox = await local<readonly { readonly subject: string }[]>('inbox', undefined, origin);
    const mails = inbox.filter(({ subject }) => subject.includes(completed.result?.orderId ?? 'none'));
    expect(mails).toHaveLength(1);
  });

  it('of the confirmation fails its step and not the order', async () => {
    const api = await owner();
    await inject({ target: 'lambda:email', effect: 'error', probability: 1 });

    const completed = await api.ending((await api.submit()).body.jobId);

    expect(completed).toMatchObject({ status: 'completed', progress: 100 });
    expect(stepsOf(completed)).toMatchObject({ 'order-creation': 'completed', email: 'failed' });
  });
});

describe('acceptance', () => {
  it.each(['error', 'throttle', 'lost-answer'])(
    'stands when the execution does not start: %s',
    async (effect) => {
      const api = await owner();
      await inject({ target: 'states:StartExecution', effect, times: 3 });

      const { status, body } = await api.submit();

      expect(status).toBe(202);
      expect((await api.ending(body.jobId)).status).toBe('completed');
      expect(await ledgerOf(body.jobId)).toEqual({ charges: 1, refunds: 0 });
    },
  );

  it('is refused with 503 and Retry-After, and leaves no job, when nothing can be stored', async () => {
    const api = await owner();
    await inject({ target: 'dynamodb:PutItem', effect: 'error', probability: 1 });

    const { status, headers, body } = await api.post<Problem>(
      JSON.stringify({
        email: 'ada@example.com',
        currency: 'EUR',
        items: [{ sku: 'a', quantity: 1, unitPrice: 1 }],
        payment: { token: 'tok_visa' },
      }),
    );

    expect(status).toBe(503);
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
    expect(headers.get('content-type')).toMatch(/problem\+json/);
    expect(body.code).toBe('dependency_unavailable');
    expect((await api.jobs()).body.items).toEqual([]);
  });
});

describe('a service that hangs', () => {
  it('is answered for with 503 and Retry-After by the function itself, and no job is left', async () => {
    const api = await owner();
    await inject({ target: 'dynamodb:PutItem', effect: 'slow', ms: 5_000, probability: 1 });

    const { status, headers, body } = await api.submit();

    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'dependency_unavailable' } });
    expect(headers.get('retry-after')).toBe('2');
    await local('faults', { method: 'DELETE' }, origin);
    expect((await api.jobs()).body.items).toEqual([]);
  });

  it('keeps no order from being accepted that is stored, nor from being done', async () => {
    const api = await owner();
    await inject({ target: 'states:StartExecution', effect: 'slow', ms: 5_000, times: 1 });

    const { status, body } = await api.submit();

    expect(status).toBe(202);
    expect((await api.ending(body.jobId)).status).toBe('completed');
  });
});

describe('a cancellation', () => {
  it('is honoured when the next stage begins, and gives the money back', async () => {
    const { jobId, asked, ended } = await cancelWhilePaying(await owner());

    expect(asked.status).toBe(202);
    expect(ended).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } });
    expect(stepsOf(ended)).toMatchObject({
      validation: 'completed',
      payment: 'compensated',
      'order-creation': 'skipped',
      email: 'skipped',
    });
    expect(await ledgerOf(jobId)).toEqual({ charges: 1, refunds: 1 });
  });

  it('is refused once only the confirmation is left', async () => {
    const api = await owner();
    await inject({ target: 'ses:SendEmail', effect: 'slow', ms: 2_000, times: 1 });
    const { jobId } = (await api.submit()).body;
    await api.until(jobId, ({ stage }) => stage === 'email');

    const { status, body } = await api.ask(jobId, 'cancel');

    expect(status).toBe(409);
    expect(body.detail).toMatch(/too late/);
    await api.ending(jobId);
  });
});

describe('an operator', () => {
  it('stops an execution, and the job is cancelled and undone', async () => {
    const api = await owner();
    await failTooOftenForExpress('order-creation');
    await inject({ target: 'lambda:order-creation', effect: 'hang', times: 1 });
    const { jobId } = (await api.submit()).body;
    await api.until(jobId, ({ stage }) => stage === 'order-creation');

    await states.send(
      new StopExecutionCommand({ executionArn: await executionArn(jobId), cause: 'by hand' }),
    );
    const seen = await api.until(jobId, isTerminal);

    expect(seen.at(-1)).toMatchObject({ status: 'cancelled', error: { code: 'stopped' } });
    expect(await ledgerOf(jobId)).toEqual({ charges: 1, refunds: 1 });
  });

  it('finds executions named by job, whose input is the job id and nothing else', async () => {
    const api = await owner();
    await failTooOftenForExpress('payment');
    const { jobId } = (await api.submit()).body;
    await api.ending(jobId);

    const execution = await states.send(
      new DescribeExecutionCommand({ executionArn: await executionArn(jobId) }),
    );

    expect(JSON.parse(execution.input ?? '')).toEqual({ jobId });
    expect(execution.name).toBe(jobId);
  });
});

describe('the local cloud', () => {
  it('says which fault it does not know', async () => {
    await expect(inject({ target: 'lambda:payment', effect: 'explode' })).rejects.toThrow(/explode/);
  });
});
