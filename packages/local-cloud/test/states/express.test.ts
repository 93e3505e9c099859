import { afterEach, expect, it } from '@jest/globals';
import { createStates, type States, type StatesPorts } from '../../src/states/states.ts';
import type { JsonObject } from '../../src/wire/aws-service.ts';
import { until } from '../support/until.ts';

const standard = 'arn:aws:states:us-east-1:000000000000:stateMachine:Orders';
const role = 'arn:aws:iam::000000000000:role/Workflow';
const opened: States[] = [];
afterEach(async () => {
  for (const states of opened.splice(0)) await states.stop();
});

/** A Standard machine, and an Express one with this first state. */
function deploy(first: JsonObject) {
  const lines: JsonObject[] = [];
  const billed: number[] = [];
  const states = createStates({
    timeScale: 0,
    functions: {},
    access: { assume: () => {}, accessKeyFor: (of: string) => of, authorize: () => {} },
    usage: { transition: () => {}, express: (_: string, gbSeconds: number) => billed.push(gbSeconds) },
    logs: { write: (_group: string, _stream: string, line: string) => lines.push(JSON.parse(line)) },
  } as unknown as StatesPorts);
  opened.push(states);
  const succeeds = { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } };
  const { arn: orders } = states.createStateMachine({
    name: 'Orders',
    role,
    definition: JSON.stringify(succeeds),
  });
  const { arn } = states.createStateMachine({
    name: 'Fast',
    role,
    definition: JSON.stringify({ StartAt: 'First', States: { First: first } }),
    type: 'EXPRESS',
    log: { group: '/aws/vendedlogs/fast', level: 'ERROR', includeExecutionData: false },
  });
  const call = async (operation: string, input: JsonObject) =>
    (await states.service.perform({ operation, input })) as JsonObject;
  return { call, arn, orders, lines, billed };
}

const refusal = (called: Promise<unknown>) =>
  called.then(
    () => 'none',
    (error: Error) => error.name,
  );

it('starts twice under one name, is billed by duration, and logs no success', async () => {
  const { call, arn, lines, billed } = deploy({ Type: 'Succeed' });

  const [one, other] = [
    await call('StartExecution', { stateMachineArn: arn, name: 'a' }),
    await call('StartExecution', { stateMachineArn: arn, name: 'a' }),
  ];

  const { executionArn } = one;
  expect(other).not.toMatchObject({ executionArn });
  await until(() => (billed.length === 2 ? true : undefined));
  expect(lines).toEqual([]);
});

it('is refused to whoever lists, describes, reads, stops or redrives it', async () => {
  const { call, arn } = deploy({ Type: 'Succeed' });
  const { executionArn } = await call('StartExecution', { stateMachineArn: arn });

  expect(await refusal(call('ListExecutions', { stateMachineArn: arn }))).toBe(
    'StateMachineTypeNotSupported',
  );
  for (const operation of ['DescribeExecution', 'GetExecutionHistory', 'StopExecution', 'RedriveExecution'])
    expect(await refusal(call(operation, { executionArn }))).toBe('InvalidArn');
});

it('logs its failure without data', async () => {
  const { call, arn, lines } = deploy({ Type: 'Fail', Error: 'Broken', Cause: 'on purpose' });

  await call('StartExecution', { stateMachineArn: arn, name: 'a', input: '{"secret":1}' });

  await until(() => lines.find(({ type }) => type === 'ExecutionFailed'));
  expect(lines.at(-1)).toMatchObject({
    type: 'ExecutionFailed',
    details: { error: 'Broken', cause: 'on purpose' },
  });
  expect(JSON.stringify(lines)).not.toContain('secret');
});

it('says where its executions are logged', async () => {
  const { call, arn } = deploy({ Type: 'Succeed' });

  expect(await call('DescribeStateMachine', { stateMachineArn: arn })).toMatchObject({
    type: 'EXPRESS',
    loggingConfiguration: {
      level: 'ERROR',
      includeExecutionData: false,
      destinations: [
        {
          cloudWatchLogsLogGroup: {
            logGroupArn: expect.stringMatching(/:log-group:\/aws\/vendedlogs\/fast:\*$/),
          },
        },
      ],
    },
  });
});

it('starts a Standard execution by a task', async () => {
  const { call, arn, orders, billed } = deploy({
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution',
    Parameters: { StateMachineArn: standard, 'Name.$': '$.jobId', Input: { 'jobId.$': '$.jobId' } },
    End: true,
  });

  expect(orders).toBe(standard);
  await call('StartExecution', { stateMachineArn: arn, input: '{"jobId":"j1"}' });
  await until(() => (billed.length === 1 ? true : undefined));

  expect(await call('ListExecutions', { stateMachineArn: orders })).toMatchObject({
    executions: [{ name: 'j1' }],
  });
});
