import { describe, expect, it } from '@jest/globals';
import { type Stage, type StageTable, stages } from '../../domain/stages.ts';
import { constructOf, textOf, theOnly } from '../support/stack.ts';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Resource: string;
  readonly ResultPath: unknown;
  readonly TimeoutSeconds: number;
  readonly Parameters: { readonly FunctionName: string; readonly Payload: Record<string, string> };
  readonly Retry: readonly Record<string, unknown>[];
  readonly Catch?: readonly { ErrorEquals: string[]; ResultPath: string; Next: string }[];
}

const machine = () => theOnly('AWS::StepFunctions::StateMachine').Properties;
const definition = (): { StartAt: string; States: Record<string, State>; TimeoutSeconds: number } =>
  JSON.parse(textOf(machine().DefinitionString));
const stateOf = (stage: Stage) => definition().States[stage.state] as State;
const table: StageTable = stages;
/** Errors with which a stage ends an order. */
const endings = ['OrderRefused', 'OrderCancelled'];
/** The state that skips a best-effort stage. */
const skipOf = (stage: Stage) => `Skip: ${stage.state}`;

describe('the state machine', () => {
  it('runs one task per stage for a happy order, in the order of the table, and nothing else', () => {
    const { StartAt, States } = definition();

    const path = [];
    for (let name: string | undefined = StartAt; name !== undefined; name = States[name]?.Next)
      path.push(name);

    expect(path).toEqual(table.map((stage) => stage.state));
    const aside = ['Settle order', ...table.filter((stage) => stage.bestEffort).map(skipOf)];
    expect(Object.keys(States).sort()).toEqual([...path, ...aside].sort());
    expect(new Set(Object.values(States).map((state) => state.Type))).toEqual(new Set(['Task']));
    expect(States[path.at(-1) ?? '']?.End).toBe(true);
  });

  it('passes a stage the job, the number of retries, the plan and what the stage before returned, and the settlement the job and the failure', () => {
    const settled = { 'jobId.$': '$.jobId', 'failure.$': '$.failure' };
    const stages = table.map(({ name }) => name);
    const payloads = new Map<string, object>([['Settle order', settled]]);
    for (const stage of table) {
      const passed = { 'jobId.$': '$.jobId', 'retryCount.$': '$$.State.RetryCount', 'state.$': '$' };
      payloads.set(stage.state, { ...passed, stages });
      payloads.set(skipOf(stage), { ...settled, skip: stage.name, stages });
    }

    for (const [name, state] of Object.entries(definition().States)) {
      expect(state.Parameters.Payload).toEqual(payloads.get(name));
      expect(state.ResultPath).toBe(table.some((stage) => stage.state === name) ? '$.passed' : null);
    }
  });

  it('is of type Standard, logs errors without data, and times out after two days', () => {
    expect(machine()).toMatchObject({
      StateMachineType: 'STANDARD',
      LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
    });
    expect(definition().TimeoutSeconds).toBe(2 * 86_400);
  });

  it('retries a settlement for hours', () => {
    const settle = definition().States['Settle order'];

    expect(settle).toMatchObject({
      End: true,
      Parameters: { FunctionName: '<SettlementSettleFunction.Arn>' },
    });
    expect(settle?.Retry).toEqual([
      {
        ErrorEquals: ['States.ALL'],
        IntervalSeconds: 1,
        MaxAttempts: 60,
        BackoffRate: 2,
        MaxDelaySeconds: 900,
        JitterStrategy: 'FULL',
      },
    ]);
    expect(settle?.Catch).toBeUndefined();
  });
});

describe.each(table.map((stage) => [stage.name, stage] as const))('the state of %s', (name, stage) => {
  it('invokes its own function and waits longer than its timeout', () => {
    expect(stateOf(stage)).toMatchObject({
      Resource: 'arn:<AWS::Partition>:states:::lambda:invoke',
      Parameters: { FunctionName: `<${constructOf(name)}Function.Arn>` },
    });
    expect(stateOf(stage).TimeoutSeconds).toBeGreaterThan(stage.timeoutSeconds);
  });

  it('never retries a refusal or a cancellation, and retries other errors as its row says, with jitter', () => {
    const { maxRetries, intervalSeconds, backoffRate, maxDelaySeconds } = stage.retry;

    expect(stateOf(stage).Retry).toEqual([
      { ErrorEquals: endings, MaxAttempts: 0 },
      {
        ErrorEquals: ['States.ALL'],
        IntervalSeconds: intervalSeconds,
        MaxAttempts: maxRetries,
        BackoffRate: backoffRate,
        MaxDelaySeconds: maxDelaySeconds,
        JitterStrategy: 'FULL',
      },
    ]);
  });

  it('settles a refusal or a cancellation, and exhausted retries only if it is best-effort, so that others can be redriven', () => {
    const settled = { ErrorEquals: endings, ResultPath: '$.failure', Next: 'Settle order' };
    const skipped = { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: skipOf(stage) };

    expect(stateOf(stage).Catch).toEqual(stage.bestEffort ? [settled, skipped] : [settled]);
  });
});
