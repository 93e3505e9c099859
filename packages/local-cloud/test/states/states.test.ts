import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Invocation } from '../../src/lambda/functions.ts';
import type { descriptionOf } from '../../src/states/execution-record.ts';
import { createExecutionStore } from '../../src/states/execution-store.ts';
import { createStates, type States, type StatesPorts } from '../../src/states/states.ts';
import { AwsError } from '../../src/wire/aws-error.ts';
import type { JsonObject } from '../../src/wire/aws-service.ts';
import { until } from '../support/until.ts';

const arnOf = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
/** What functions get and the API answers, as far as the tests read it. */
interface Payload {
  readonly [key: string]: unknown;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly status?: unknown;
  readonly executionArn?: unknown;
  readonly executions?: unknown;
  readonly stateMachines?: unknown;
  readonly events?: unknown;
  readonly nextToken?: unknown;
  readonly name?: unknown;
  readonly type?: unknown;
  readonly id?: unknown;
  readonly retry?: unknown;
}
type Handler = (payload: Payload) => Invocation | Promise<Invocation>;

const ok = (payload: unknown): Invocation => ({ ok: true, payload });
const throws = (
  errorType: string,
  kind: 'handled' | 'unhandled' | 'throttled' | 'service' = 'handled',
): Invocation => ({
  ok: false,
  kind,
  errorType,
  errorMessage: `${errorType} happened`,
});

/** A cloud with these functions, of which those called Queued… find a sandbox only when there is `room`. */
function cloudWith(
  functions: Record<string, Handler>,
  options: Partial<StatesPorts> = {},
  room: Promise<void> = Promise.resolve(),
) {
  const transitions: string[] = [];
  const cloud = {
    timeScale: 0.001,
    ...options,
    functions: {
      invoke: async (arn: string, payload: unknown, taken: () => void) => {
        const name = arn.split(':')[6] ?? '';
        if (name.startsWith('Queued')) await room;
        taken();
        return (await functions[name]?.(payload as Payload)) ?? throws('Missing', 'service');
      },
    },
    access: {
      assume: () => {},
      accessKeyFor: (role: string) => role,
      authorize: (_key: string, _action: string, resource: string) => {
        if (resource.endsWith('Forbidden')) throw new AwsError('AccessDeniedException', 'not authorized');
      },
    },
    usage: { transition: (_machine: string, state: string) => transitions.push(state) },
  } as unknown as StatesPorts;
  return { cloud, transitions };
}

/** A task state that calls the function of this name with the state's input, the retry count and the execution. */
const task = (name: string, more: JsonObject = {}): JsonObject => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: {
    FunctionName: arnOf(name),
    Payload: {
      'input.$': '$',
      'retry.$': '$$.State.RetryCount',
      'execution.$': '$$.Execution',
      'state.$': '$$.State.Name',
    },
  },
  OutputPath: '$.Payload',
  End: true,
  ...more,
});

const opened: States[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const states of opened.splice(0)) await states.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function deploy(cloud: StatesPorts, definition: JsonObject) {
  const states = createStates(cloud);
  opened.push(states);
  const machine = states.createStateMachine({
    name: 'Orders',
    role: 'arn:aws:iam::000000000000:role/Workflow',
    definition: JSON.stringify(definition),
  });
  const { arn } = machine;
  const call = async (operation: string, input: JsonObject) =>
    (await states.service.perform({ operation, input })) as Payload;
  const start = async (name: string, input: unknown = {}) => {
    const started = await call('StartExecution', {
      stateMachineArn: arn,
      name,
      input: JSON.stringify(input),
    });
    return String(started.executionArn);
  };
  const describeExecution = (executionArn: string) => call('DescribeExecution', { executionArn });
  const ended = (executionArn: string) =>
    until(async () => {
      const execution = await describeExecution(executionArn);
      return execution.status === 'RUNNING' ? undefined : execution;
    });
  const history = async (executionArn: string) =>
    ((await call('GetExecutionHistory', { executionArn })).events as Payload[]).map((event) => event.type);
  return { states, machine, arn, call, start, describeExecution, ended, history };
}

const refusal = (call: Promise<unknown>) =>
  call.then(
    () => 'none',
    (error: Error) => error.name,
  );

describe('an execution', () => {
  it('runs from state to state and tells its context, history and transitions', async () => {
    const seen: Payload[] = [];
    const { cloud, transitions } = cloudWith({
      First: (payload) => {
        seen.push(payload);
        return ok({ sum: 1 });
      },
      Second: (payload) => ok({ got: payload.input }),
    });
    const { start, ended, history, arn } = deploy(cloud, {
      StartAt: 'One',
      States: { One: task('First', { End: undefined, Next: 'Two' }), Two: task('Second') },
    });

    const executionArn = await start('job-1', { jobId: 'job-1' });
    const execution = await ended(executionArn);

    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      stateMachineArn: arn,
      name: 'job-1',
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
    });
    expect(JSON.parse(String(execution.output))).toEqual({ got: { sum: 1 } });
    expect(seen[0]).toMatchObject({
      input: { jobId: 'job-1' },
      retry: 0,
      state: 'One',
      execution: { Id: executionArn, Name: 'job-1', Input: { jobId: 'job-1' }, RedriveCount: 0 },
    });
    expect(transitions).toEqual(['One', 'Two']);
    const attempt = ['TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited'];
    expect(await history(executionArn)).toEqual([
      'ExecutionStarted',
      ...attempt,
      ...attempt,
      'ExecutionSucceeded',
    ]);
  });

  it('retries with a growing retry count, and counts each retry as a transition', async () => {
    const counts: unknown[] = [];
    const { cloud, transitions } = cloudWith({
      Flaky: ({ retry }) => {
        counts.push(retry);
        return counts.length < 4 ? throws('Lambda.Oops') : ok('done');
      },
      After: ({ retry }) => ok(retry),
    });
    const retry = [
      { ErrorEquals: ['States.TaskFailed'], MaxAttempts: 5, IntervalSeconds: 1, JitterStrategy: 'FULL' },
    ];
    const { start, ended } = deploy(cloud, {
      StartAt: 'Flaky',
      States: { Flaky: task('Flaky', { Retry: retry, End: undefined, Next: 'After' }), After: task('After') },
    });

    const execution = await ended(await start('retried'));

    expect(counts).toEqual([0, 1, 2, 3]);
    expect(execution.output).toBe('0');
    expect(transitions).toEqual(['Flaky', 'Flaky', 'Flaky', 'Flaky', 'After']);
  });

  it('pauses before each retry, longer each time up to the longest, in scaled time', async () => {
    const at: number[] = [];
    const { cloud } = cloudWith(
      {
        Flaky: () => {
          at.push(performance.now());
          return at.length < 4 ? throws('Lambda.Oops') : ok('done');
        },
      },
      { timeScale: 0.01 },
    );
    // Without its limit the second pause would last for a day.
    const retry = { IntervalSeconds: 3, BackoffRate: 1_000_000, MaxDelaySeconds: 6 };
    const { start, ended } = deploy(cloud, {
      StartAt: 'Flaky',
      States: { Flaky: task('Flaky', { Retry: [{ ErrorEquals: ['States.TaskFailed'], ...retry }] }) },
    });

    await ended(await start('paused'));

    const pauses = at.slice(1).map((time, i) => time - (at[i] ?? 0));
    // A timer may be early by its own millisecond.
    for (const [i, least] of [30, 60, 60].entries()) expect(pauses[i]).toBeGreaterThanOrEqual(least - 1);
  });

  it('names errors as Step Functions does, so that Catch can tell them apart', async () => {
    const { cloud } = cloudWith({
      PaymentDeclined: () => throws('PaymentDeclined'),
      Timeout: () => throws('Sandbox.Timedout', 'unhandled'),
      Lost: () => throws('', 'unhandled'),
      Throttled: () => throws('TooManyRequestsException', 'throttled'),
      Broken: () => throws('ServiceException', 'service'),
    });
    const named: Record<string, string> = {
      PaymentDeclined: 'PaymentDeclined',
      Timeout: 'Sandbox.Timedout',
      Lost: 'Lambda.Unknown',
      Throttled: 'Lambda.TooManyRequestsException',
      Broken: 'Lambda.ServiceException',
      Forbidden: 'Lambda.AWSLambdaException',
    };
    for (const [name, error] of Object.entries(named)) {
      const { start, ended } = deploy(cloud, {
        StartAt: 'Call',
        States: {
          Call: task(name, {
            Catch: [
              { ErrorEquals: [error], ResultPath: '$.failure', Next: 'Caught' },
              { ErrorEquals: ['States.ALL'], Next: 'Wrong' },
            ],
          }),
          Caught: { Type: 'Succeed', OutputPath: '$.failure.Error' },
          Wrong: { Type: 'Fail', Error: 'Wrong' },
        },
      });
      expect(await ended(await start('caught', { kept: true }))).toMatchObject({
        output: JSON.stringify(error),
      });
    }
  });

  it('fails on a result over 256 KiB with an error that States.ALL does not catch', async () => {
    const { cloud } = cloudWith({ Big: () => ok('x'.repeat(262_145)) });
    const { start, ended } = deploy(cloud, {
      StartAt: 'Big',
      States: {
        Big: task('Big', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }] }),
        Caught: { Type: 'Succeed' },
      },
    });

    expect(await ended(await start('big'))).toMatchObject({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
    });
  });

  it('chooses, waits in scaled time, maps and runs in parallel', async () => {
    const { cloud, transitions } = cloudWith({ Double: ({ input }) => ok(Number(input) * 2) });
    const inner = {
      ...task('Double'),
      Parameters: { FunctionName: arnOf('Double'), Payload: { 'input.$': '$' } },
    };
    const { start, ended } = deploy(cloud, {
      StartAt: 'Wait',
      States: {
        Wait: { Type: 'Wait', SecondsPath: '$.seconds', Next: 'Choose' },
        Choose: {
          Type: 'Choice',
          Choices: [{ Variable: '$$.Execution.Name', StringEquals: 'all', Next: 'Map' }],
          Default: 'Refused',
        },
        Refused: { Type: 'Fail', Error: 'Refused', Cause: 'wrong name' },
        Map: {
          Type: 'Map',
          ItemsPath: '$.items',
          ItemProcessor: { StartAt: 'Item', States: { Item: inner } },
          ResultPath: '$.doubled',
          Next: 'Both',
        },
        Both: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'Left', States: { Left: { Type: 'Pass', InputPath: '$.doubled', End: true } } },
            { StartAt: 'Right', States: { Right: { Type: 'Pass', Result: 'right', End: true } } },
          ],
          End: true,
        },
      },
    });

    const execution = await ended(await start('all', { seconds: 30, items: [1, 2] }));
    expect(JSON.parse(String(execution.output))).toEqual([[2, 4], 'right']);
    expect(transitions.sort()).toEqual(['Both', 'Choose', 'Item', 'Item', 'Left', 'Map', 'Right', 'Wait']);
    const refused = await ended(await start('other', { seconds: 0, items: [] }));
    expect(refused).toMatchObject({ status: 'FAILED', error: 'Refused', cause: 'wrong name' });
  });
});

describe('an execution that did not succeed', () => {
  it('resumes at the failed state with its input when it is redriven', async () => {
    let broken = true;
    const calls: string[] = [];
    const counts: unknown[] = [];
    const { cloud } = cloudWith({
      Pay: () => {
        calls.push('Pay');
        return ok('paid');
      },
      Create: ({ input, retry }) => {
        calls.push(`Create ${input}`);
        counts.push(retry);
        return broken ? throws('Down') : ok('created');
      },
    });
    const { start, ended, history, call } = deploy(cloud, {
      StartAt: 'Pay',
      States: {
        Pay: task('Pay', { End: undefined, Next: 'Create' }),
        Create: task('Create', { Retry: [{ ErrorEquals: ['Down'], MaxAttempts: 1 }] }),
      },
    });
    const executionArn = await start('redriven');
    expect(await ended(executionArn)).toMatchObject({
      status: 'FAILED',
      error: 'Down',
      redriveStatus: 'REDRIVABLE',
    });

    broken = false;
    const redrive = () => call('RedriveExecution', { executionArn, clientToken: 'a' });
    const first = await redrive();

    expect(await redrive()).toEqual(first);
    expect(await ended(executionArn)).toMatchObject({
      status: 'SUCCEEDED',
      output: '"created"',
      redriveCount: 1,
    });
    expect(calls).toEqual(['Pay', 'Create paid', 'Create paid', 'Create paid']);
    expect(counts).toEqual([0, 1, 0]);
    expect(await history(executionArn)).toContain('ExecutionRedriven');
    expect(await refusal(call('RedriveExecution', { executionArn, clientToken: 'b' }))).toBe(
      'ExecutionNotRedrivable',
    );
  });

  it('is aborted by a stop, which no Catch sees, and whose running task changes nothing any more', async () => {
    const called = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Invocation>();
    const { cloud } = cloudWith({
      Slow: () => {
        called.resolve();
        return answer.promise;
      },
    });
    const { start, describeExecution, history, call } = deploy(cloud, {
      StartAt: 'Slow',
      States: {
        Slow: task('Slow', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }] }),
        Caught: { Type: 'Succeed' },
      },
    });
    const executionArn = await start('stopped');
    await called.promise;

    const { stopDate } = await call('StopExecution', { executionArn, error: 'Operator', cause: 'by hand' });
    answer.resolve(ok('late'));
    await new Promise(setImmediate);

    expect(await describeExecution(executionArn)).toMatchObject({
      status: 'ABORTED',
      error: 'Operator',
      cause: 'by hand',
      stopDate,
    });
    expect((await history(executionArn)).at(-1)).toBe('ExecutionAborted');
  });

  it('times out as a whole without a Catch, and a task times out with States.Timeout', async () => {
    const { cloud } = cloudWith({ Never: () => new Promise<Invocation>(() => {}) });
    const states = (more: JsonObject) => ({
      Never: task('Never', { Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Caught' }], ...more }),
      Caught: { Type: 'Pass', Result: 'caught', End: true },
    });
    const whole = deploy(cloud, { StartAt: 'Never', TimeoutSeconds: 1, States: states({}) });
    const part = deploy(cloud, { StartAt: 'Never', States: states({ TimeoutSeconds: 1 }) });

    const [wholeArn, partArn] = [await whole.start('whole'), await part.start('part')];

    expect(await whole.ended(wholeArn)).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
    expect(await part.ended(partArn)).toMatchObject({ status: 'SUCCEEDED', output: '"caught"' });
    expect(await part.history(partArn)).toContain('TaskTimedOut');
  });

  it("does not count towards a task's timeout how long its function waits for a sandbox", async () => {
    const room = Promise.withResolvers<void>();
    const never = () => new Promise<Invocation>(() => {});
    const { cloud } = cloudWith({ Never: never, QueuedNever: never }, {}, room.promise);
    const run = (name: string) =>
      deploy(cloud, { StartAt: 'Only', States: { Only: task(name, { TimeoutSeconds: 1 }) } });
    const [queued, taken] = [run('QueuedNever'), run('Never')];
    const [queuedArn, takenArn] = [await queued.start('queued'), await taken.start('taken')];

    await taken.ended(takenArn);
    expect(await queued.describeExecution(queuedArn)).toMatchObject({ status: 'RUNNING' });

    room.resolve();
    expect(await queued.ended(queuedArn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  it.each([
    ['States.Timeout', 'SUCCEEDED'],
    ['States.ALL', 'SUCCEEDED'],
    ['States.TaskFailed', 'FAILED'],
  ])('lets %s match a timeout as AWS does: %s', async (name, status) => {
    const { cloud } = cloudWith({ Never: () => new Promise<Invocation>(() => {}) });
    const { start, ended } = deploy(cloud, {
      StartAt: 'Never',
      States: {
        Never: task('Never', { TimeoutSeconds: 1, Catch: [{ ErrorEquals: [name], Next: 'Caught' }] }),
        Caught: { Type: 'Succeed' },
      },
    });

    expect(await ended(await start('one'))).toMatchObject({ status });
  });
});

describe('executions', () => {
  const pass = { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } };

  it('start once a name: again with the same input while running, never otherwise', async () => {
    const answer = Promise.withResolvers<Invocation>();
    const { cloud } = cloudWith({ Slow: () => answer.promise });
    const { arn, start, ended, call } = deploy(cloud, { StartAt: 'Slow', States: { Slow: task('Slow') } });

    const executionArn = await start('once', { a: 1 });
    expect(await start('once', { a: 1 })).toBe(executionArn);
    expect(await refusal(start('once', { a: 2 }))).toBe('ExecutionAlreadyExists');
    answer.resolve(ok(null));
    expect(await ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: 'null' });
    expect(await refusal(start('once', { a: 1 }))).toBe('ExecutionAlreadyExists');
    expect(await refusal(start('a/b'))).toBe('InvalidName');
    expect(await refusal(start('x'.repeat(81)))).toBe('ValidationException');
    expect(await refusal(start('big', 'x'.repeat(262_144)))).toBe('ValidationException');
    expect(await refusal(call('StartExecution', { stateMachineArn: arn, input: '{' }))).toBe(
      'InvalidExecutionInput',
    );
    expect(await refusal(call('StartExecution', { stateMachineArn: `${arn}x` }))).toBe(
      'StateMachineDoesNotExist',
    );
  });

  it('are listed newest first, by pages and by status', async () => {
    const { arn, start, ended, call } = deploy(cloudWith({}).cloud, pass);
    for (const name of ['a', 'b', 'c']) await ended(await start(name));
    const names = (page: Payload) => (page.executions as Payload[]).map(({ name }) => name);

    const first = await call('ListExecutions', {
      stateMachineArn: arn,
      maxResults: 2,
      statusFilter: 'SUCCEEDED',
    });
    const second = await call('ListExecutions', {
      stateMachineArn: arn,
      maxResults: 2,
      nextToken: first.nextToken,
    });

    expect(names(first)).toEqual(['c', 'b']);
    expect(names(second)).toEqual(['a']);
    expect(second.nextToken).toBeUndefined();
    expect(names(await call('ListExecutions', { stateMachineArn: arn, statusFilter: 'FAILED' }))).toEqual([]);
  });

  it('give their history by pages, from either end', async () => {
    const { start, ended, call } = deploy(cloudWith({}).cloud, pass);
    const executionArn = await start('told', { jobId: 'told' });
    await ended(executionArn);
    const page = (more: JsonObject) => call('GetExecutionHistory', { executionArn, maxResults: 3, ...more });
    const ids = ({ events }: Payload) => (events as Payload[]).map(({ id }) => id);

    const first = await page({});
    const second = await page({ nextToken: first.nextToken });

    expect([ids(first), ids(second), second.nextToken]).toEqual([[1, 2, 3], [4], undefined]);
    expect(ids(await page({ reverseOrder: true }))).toEqual([4, 3, 2]);
    expect(JSON.stringify(first)).toContain('jobId');
    const withoutData = await page({ includeExecutionData: false });
    expect(ids(withoutData)).toEqual([1, 2, 3]);
    expect(JSON.stringify(withoutData)).not.toContain('jobId');
  });

  it.each([
    ['ListExecutions', { statusFilter: 'succeeded' }, 'ValidationException'],
    ['ListExecutions', { redriveFilter: 'REDRIVEN' }, 'ValidationException'],
    ['ListExecutions', { maxResults: 1001 }, 'ValidationException'],
    ['ListExecutions', { nextToken: 'none' }, 'InvalidToken'],
    ['ListExecutions', { stateMachineArn: 'Orders' }, 'InvalidArn'],
    ['ListExecutions', { stateMachineArn: undefined }, 'ValidationException'],
    ['DescribeStateMachine', { stateMachineArn: 'arn:aws:states:x' }, 'StateMachineDoesNotExist'],
    ['DescribeExecution', { executionArn: 'arn:aws:states:x' }, 'ExecutionDoesNotExist'],
    ['GetExecutionHistory', { executionArn: 'x' }, 'InvalidArn'],
    ['StopExecution', { executionArn: 'arn:aws:states:x' }, 'ExecutionDoesNotExist'],
    ['StartExecution', { name: '' }, 'ValidationException'],
    ['StartExecution', { name: 'tab\t' }, 'InvalidName'],
    ['StartExecution', { input: {} }, 'ValidationException'],
  ])('refuse %s with %j', async (operation, input, error) => {
    const { arn, call } = deploy(cloudWith({}).cloud, pass);

    const given = 'executionArn' in input ? input : { stateMachineArn: arn, ...input };

    expect(await refusal(call(operation, given))).toBe(error);
  });

  it('tell listeners of every change of status', async () => {
    const { states, start, ended } = deploy(cloudWith({}).cloud, pass);
    const changes: ReturnType<typeof descriptionOf>[] = [];
    states.onStatusChange((change) => changes.push(change));

    const executionArn = await start('told', { jobId: 'told' });
    await ended(executionArn);

    await until(() => changes.find(({ status }) => status === 'SUCCEEDED'));
    expect(changes.map(({ status }) => status)).toEqual(['RUNNING', 'SUCCEEDED']);
    expect(changes[1]).toMatchObject({ executionArn, name: 'told', input: '{"jobId":"told"}', error: null });
  });

  it('resume at their current state after a restart on a data folder', async () => {
    const data = mkdtempSync(join(tmpdir(), 'executions-'));
    folders.push(data);
    const definition = {
      StartAt: 'Pay',
      States: { Pay: task('Pay', { End: undefined, Next: 'Create' }), Create: task('Create') },
    };
    const reached = Promise.withResolvers<void>();
    const before = deploy(
      cloudWith(
        {
          Pay: () => ok('paid'),
          Create: () => {
            reached.resolve();
            return new Promise<Invocation>(() => {});
          },
        },
        { data },
      ).cloud,
      definition,
    );
    const executionArn = await before.start('survivor');
    await reached.promise;
    await before.states.stop();
    opened.splice(opened.indexOf(before.states), 1);

    const { cloud, transitions } = cloudWith({ Create: ({ input }) => ok([input, 'created']) }, { data });
    const after = deploy(cloud, definition);
    expect(await after.describeExecution(executionArn)).toMatchObject({ status: 'RUNNING' });
    after.states.resume(after.machine);

    expect(await after.ended(executionArn)).toMatchObject({
      status: 'SUCCEEDED',
      output: '["paid","created"]',
    });
    expect(transitions).toEqual([]);
  });
});

describe('executions of a state machine that was updated', () => {
  it('go on with the definition that they started with, also when they are redriven', async () => {
    const data = mkdtempSync(join(tmpdir(), 'executions-'));
    folders.push(data);
    const old = {
      StartAt: 'Pay',
      States: { Pay: task('Pay', { End: undefined, Next: 'Create' }), Create: task('Create') },
    };
    const reached = Promise.withResolvers<void>();
    const before = deploy(
      cloudWith(
        {
          Pay: ({ input }) => {
            if (input === 'failing') return throws('Broken');
            reached.resolve();
            return new Promise<Invocation>(() => {});
          },
        },
        { data },
      ).cloud,
      old,
    );
    const failed = await before.start('failed', 'failing');
    await before.ended(failed);
    const running = await before.start('running', 'slow');
    await reached.promise;
    await before.states.stop();
    opened.splice(opened.indexOf(before.states), 1);

    const functions = { Pay: () => ok('paid'), Create: () => ok('created'), Charge: () => ok('charged') };
    const after = deploy(cloudWith(functions, { data }).cloud, {
      StartAt: 'Charge',
      States: { Charge: task('Charge') },
    });
    after.states.resume(after.machine);
    await after.call('RedriveExecution', { executionArn: failed });

    for (const executionArn of [running, failed]) {
      expect(await after.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '"created"' });
    }
    expect(await after.ended(await after.start('new'))).toMatchObject({ output: '"charged"' });
  });
});

describe('a Wait state', () => {
  it('counts its time from when it was entered, also over a restart', async () => {
    const data = mkdtempSync(join(tmpdir(), 'executions-'));
    folders.push(data);
    const hour = 3_600_000;
    const store = createExecutionStore(join(data, 'executions.db'));
    const machine = 'arn:aws:states:us-east-1:000000000000:stateMachine:Orders';
    const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:Orders:waiting';
    const started = Date.now() - hour;
    const definition = JSON.stringify({
      StartAt: 'Hour',
      States: { Hour: { Type: 'Wait', Seconds: 3600, End: true } },
    });
    const version = store.keepVersion(machine, 'arn:aws:iam::000000000000:role/Workflow', definition);
    store.start(executionArn, machine, version, 'waiting', '{}', started);
    store.enter(store.find(executionArn)?.seq ?? 0, 'Hour', '{}', started);
    await store.close();

    const {
      states,
      machine: deployed,
      ended,
    } = deploy(cloudWith({}, { data, timeScale: 1 }).cloud, JSON.parse(definition));
    states.resume(deployed);

    expect(await ended(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('state machines', () => {
  it('are listed all at once and described as they were deployed', async () => {
    const definition = { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } };
    const { states, arn, call } = deploy(cloudWith({}).cloud, definition);
    states.createStateMachine({ name: 'Other', role: 'role', definition: JSON.stringify(definition) });

    expect(await call('ListStateMachines', {})).toMatchObject({
      stateMachines: [{ stateMachineArn: arn, name: 'Orders', type: 'STANDARD' }, { name: 'Other' }],
    });
    expect(await refusal(call('ListStateMachines', { maxResults: 1 }))).toBe('ValidationException');
    expect(await call('DescribeStateMachine', { stateMachineArn: arn })).toMatchObject({
      status: 'ACTIVE',
      definition: JSON.stringify(definition),
    });
  });

  it('have names as AWS takes them', () => {
    const { states } = deploy(cloudWith({}).cloud, { StartAt: 'A', States: { A: { Type: 'Succeed' } } });

    expect(() => states.createStateMachine({ name: 'a b', role: 'r', definition: '{}' })).toThrow(
      'Invalid Name',
    );
  });
});

describe('the wire', () => {
  it('is spoken as the AWS SDK expects it', async () => {
    const { states, arn } = deploy(cloudWith({}).cloud, {
      StartAt: 'Done',
      States: { Done: { Type: 'Succeed' } },
    });
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const headers = request.headers as Record<string, string>;
      const body = Buffer.concat(chunks);
      const call = states.service.read({
        method: 'POST',
        path: '/',
        query: new URLSearchParams(),
        headers,
        body,
      });
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(JSON.stringify(await states.service.perform(call)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = new SFNClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'operator', secretAccessKey: 'any' },
    });

    const before = Date.now();
    const { executionArn, startDate } = await client.send(
      new StartExecutionCommand({ stateMachineArn: arn }),
    );
    const described = await until(async () => {
      const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
      return execution.status === 'SUCCEEDED' ? execution : undefined;
    });

    expect(startDate?.getTime()).toBeGreaterThanOrEqual(before);
    expect(described.stopDate).toBeInstanceOf(Date);
    expect(described.output).toBe('{}');
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('a definition', () => {
  it.each([
    [
      'JSONata',
      { StartAt: 'A', QueryLanguage: 'JSONata', States: { A: { Type: 'Succeed' } } },
      'JSONPath only',
    ],
    [
      'task tokens',
      {
        StartAt: 'A',
        States: {
          A: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', End: true },
        },
      },
      'the local cloud has only',
    ],
    [
      'heartbeats',
      { StartAt: 'A', States: { A: task('A', { HeartbeatSeconds: 5, TimeoutSeconds: 10 }) } },
      'does not have HeartbeatSeconds',
    ],
    ['missing states', { StartAt: 'A', States: { B: { Type: 'Succeed' } } }, 'StartAt is "A"'],
  ])('is refused when it needs %s', (_case, definition, message) => {
    expect(() => deploy(cloudWith({}).cloud, definition)).toThrow(message);
  });
});
