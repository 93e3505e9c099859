import { describe, expect, it } from '@jest/globals';
import { functionNamed, named, type Resource, textOf } from '../support/stack.ts';

const targetOf = (rule: Resource) => textOf(rule.Properties.Targets[0].Arn);

describe('the reconciliation', () => {
  it('hears of executions of this state machine that ended without success, and of no others', () => {
    const rule = named('AWS::Events::Rule', 'HousekeepingExecutionEnded');

    const { detail, ...pattern } = rule.Properties.EventPattern;
    expect(pattern).toEqual({
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
    });
    expect(detail.stateMachineArn.map(textOf)).toEqual(['<OrderWorkflowStateMachine>']);
    expect(detail.status.sort()).toEqual(['ABORTED', 'FAILED', 'TIMED_OUT']);
    expect(targetOf(rule)).toBe('<HousekeepingReconcileFunction.Arn>');
  });

  it('looks after open jobs every few minutes, for events are best effort', () => {
    const rule = named('AWS::Events::Rule', 'HousekeepingSweep');

    expect(rule.Properties.ScheduleExpression).toBe('rate(5 minutes)');
    expect(targetOf(rule)).toBe('<HousekeepingReconcileFunction.Arn>');
  });

  it('ends one look before the next begins, and leaves alone what moved within the last minute', () => {
    const { Timeout, Environment } = functionNamed('HousekeepingReconcile').Properties;

    expect(Timeout).toBe(5 * 60);
    expect(Environment.Variables.PATIENCE_SECONDS).toBe('60');
  });
});

describe('the bookkeeping', () => {
  const mapping = () => named('AWS::Lambda::EventSourceMapping', 'HousekeepingLastMinute').Properties;

  it('sees a minute of accepted and ended jobs at a time, and nothing between', () => {
    expect(mapping()).toMatchObject({ MaximumBatchingWindowInSeconds: 60 });
    expect(
      mapping().FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern)),
    ).toEqual([
      { eventName: ['INSERT'] },
      {
        eventName: ['MODIFY'],
        dynamodb: {
          NewImage: { status: { S: ['completed'] } },
          OldImage: { status: { S: ['processing'] } },
        },
      },
      {
        eventName: ['MODIFY'],
        dynamodb: {
          NewImage: {
            webhook: { BOOL: [{ exists: true }] },
            status: { S: ['completed', 'failed', 'cancelled'] },
          },
        },
      },
    ]);
  });

  it('forgets no accepted job because of a failure: it repeats for hours and keeps what it gave up on', () => {
    expect(mapping()).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 100,
      MaximumRecordAgeInSeconds: 6 * 3_600,
    });
    expect(textOf(mapping().DestinationConfig.OnFailure.Destination)).toBe('<HousekeepingUnaccounted.Arn>');
  });
});
