import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  type HistoryEvent,
  paginateGetExecutionHistory,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { executionUrlOf } from '../../domain/operator/console-url.ts';
import type { FailedAttempt } from '../../domain/operator/operator-protocol.ts';
import type { ExecutionReports } from '../ports/execution-reports.ts';
import { callLimits } from './call-limits.ts';
import { executionArnOf, isFailure } from './executions.ts';

/** Failed attempts in a report: more than all retries of two stages. */
const maxAttempts = 100;

const maxCauseLength = 500;

/** Reports of executions, from their description and their history in Step Functions. */
export function createExecutionReports({
  stateMachineArn,
}: {
  readonly stateMachineArn: string;
}): ExecutionReports {
  const client = new SFNClient(callLimits);

  return {
    async read(name) {
      const executionArn = executionArnOf(stateMachineArn, name);
      try {
        const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
        const { status = 'RUNNING', startDate, stopDate, redriveCount = 0, error } = execution;
        return {
          name,
          arn: executionArn,
          url: executionUrlOf(executionArn),
          status,
          startedAt: startDate?.toISOString() ?? '',
          ...(stopDate && { endedAt: stopDate.toISOString() }),
          redrives: redriveCount,
          ...(error && { end: { error, cause: sentenceOf(execution.cause) } }),
          failedAttempts: await failedAttempts(executionArn),
        };
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return undefined;
        throw error;
      }
    },
  };

  async function failedAttempts(executionArn: string): Promise<readonly FailedAttempt[]> {
    const attempts: FailedAttempt[] = [];
    let state = '';
    for await (const { events = [] } of paginateGetExecutionHistory(
      { client, pageSize: 1000 },
      { executionArn },
    )) {
      for (const event of events) {
        state = event.stateEnteredEventDetails?.name ?? state;
        if (isFailure(event)) attempts.push({ state, ...failureOf(event) });
      }
    }
    return attempts.slice(-maxAttempts);
  }
}

function failureOf(event: HistoryEvent): Omit<FailedAttempt, 'state'> {
  const { error = event.type ?? '', cause } =
    event.taskFailedEventDetails ??
    event.taskTimedOutEventDetails ??
    event.taskStartFailedEventDetails ??
    event.taskSubmitFailedEventDetails ??
    {};
  return { at: event.timestamp?.toISOString() ?? '', error, cause: sentenceOf(cause) };
}

/** The message in a cause. That of a function's error is JSON with a stack. */
function sentenceOf(cause = ''): string {
  return (messageIn(cause) ?? cause).slice(0, maxCauseLength);
}

function messageIn(cause: string): string | undefined {
  try {
    const { errorMessage }: { readonly errorMessage?: unknown } = JSON.parse(cause);
    return typeof errorMessage === 'string' ? errorMessage : undefined;
  } catch {
    return undefined;
  }
}
