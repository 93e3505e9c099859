import { describe, expect, it } from '@jest/globals';
import { functionNamed, named, type Resource, textOf } from '../support/stack.ts';

const targetOf = (rule: Resource) => textOf(rule.Properties.Targets[0].Arn);

describe('the reconciliation', () => {
  it('receives the executions of this state machine that failed, timed out or were stopped, and no others', () => {
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

  it('sweeps open jobs every five minutes, because events are best effort', () => {
    const rule = named('AWS::Events::Rule', 'HousekeepingSweep');

    expect(rule.Properties.ScheduleExpression).toBe('rate(5 minutes)');
    expect(targetOf(rule)).toBe('<HousekeepingReconcileFunction.Arn>');
  });

  it('ends one sweep before the next begins, and skips jobs that changed within the last minute', () => {
    const { Timeout, Environment } = functionNamed('HousekeepingReconcile');

    expect(Timeout).toBe(5 * 60);
    expect(Environment.Variables.PATIENCE_SECONDS).toBe('60');
  });
});

describe('the bookkeeping', () => {
  const mapping = () => named('AWS::Lambda::EventSourceMapping', 'HousekeepingChanges').Properties;

  it('receives accepted and ended jobs, a minute of them at a time, and no other changes', () => {
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

  it('begins with the oldest change of the stream, so that a deployment misses none', () => {
    expect(mapping()).toMatchObject({ StartingPosition: 'TRIM_HORIZON' });
  });

  it('retries without a limit but the age of a change, and reports what it gives up before the stream forgets it', () => {
    expect(mapping()).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 23 * 3_600,
    });
    expect(mapping().MaximumRetryAttempts ?? -1).toBe(-1);
    expect(textOf(mapping().DestinationConfig.OnFailure.Destination)).toBe('<HousekeepingUnprocessed.Arn>');
  });
});
