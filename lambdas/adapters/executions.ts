import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  GetExecutionHistoryCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { settlementExecutionOf } from '../../domain/job/settlement.ts';
import type { ExecutionStatus, Executions } from '../ports/executions.ts';
import { callLimits } from './call-limits.ts';
import { GiveUpWhenThrottled } from './give-up-when-throttled.ts';

export interface ExecutionsConfig {
  /** What to start: the state machine, or an alias of it. */
  readonly stateMachineArn: string;
  /** What to do when Step Functions throttles calls: give up, or call at the pace at which it takes them. @default a few retries */
  readonly whenThrottled?: 'give-up' | 'pace';
}

/** Enough for the SDK to learn the pace while several calls are under way: its pauses grow to 8 seconds. */
const pacedAttempts = 6;

/** Executions of the order workflow in Step Functions. A job's execution is named by the job's id. */
export function createExecutions({ stateMachineArn, whenThrottled }: ExecutionsConfig): Executions {
  const client = new SFNClient({
    ...callLimits,
    ...(whenThrottled === 'give-up' && { retryStrategy: new GiveUpWhenThrottled(callLimits.maxAttempts) }),
    ...(whenThrottled === 'pace' && { retryMode: 'adaptive', maxAttempts: pacedAttempts }),
  });
  const arnOf = (name: string): string => executionArnOf(stateMachineArn, name);

  async function start(name: string, jobId: string, signal?: AbortSignal): Promise<Date | undefined> {
    try {
      const { startDate } = await client.send(
        new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify({ jobId }) }),
        { ...(signal && { abortSignal: signal }) },
      );
      return startDate;
    } catch (error) {
      // It was started before and has ended. While it runs, a repeated start is answered like the first.
      if (error instanceof ExecutionAlreadyExists) return undefined;
      throw error;
    }
  }

  async function statusOf(name: string): Promise<ExecutionStatus | undefined> {
    try {
      const { status } = await client.send(new DescribeExecutionCommand({ executionArn: arnOf(name) }));
      return status === 'PENDING_REDRIVE' ? 'RUNNING' : status;
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    }
  }

  return {
    start: (jobId, signal) => start(jobId, jobId, signal),
    async startSettlement(job) {
      await start(settlementExecutionOf(job), job.jobId);
    },
    status: statusOf,
    settlementStatus: (job) => statusOf(settlementExecutionOf(job)),

    async redrive(jobId) {
      try {
        await client.send(new RedriveExecutionCommand({ executionArn: arnOf(jobId) }));
        return true;
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return false;
        // It runs already if an earlier call's response was lost.
        if (error instanceof ExecutionNotRedrivable) return (await statusOf(jobId)) === 'RUNNING';
        throw error;
      }
    },

    async awaitedRetry(jobId) {
      const { events = [] } = await client.send(
        new GetExecutionHistoryCommand({
          executionArn: arnOf(jobId),
          reverseOrder: true,
          includeExecutionData: false,
          maxResults: 1000,
        }),
      );
      const [last] = events;
      if (!last?.timestamp || !isFailure(last)) return undefined;
      const entered = events.find(({ stateEnteredEventDetails }) => stateEnteredEventDetails);
      const drive = events.findIndex((event) => event === entered || event.type === 'ExecutionRedriven');
      return {
        state: entered?.stateEnteredEventDetails?.name ?? '',
        attempts: events.slice(0, drive).filter(isFailure).length,
        failedAt: last.timestamp,
      };
    },
  };
}

/** ARN of an execution of a state machine. The alias or version that started it is no part of it. */
export const executionArnOf = (stateMachineArn: string, name: string): string => {
  const [arn, partition, service, region, account, , stateMachine] = stateMachineArn.split(':');
  return [arn, partition, service, region, account, 'execution', stateMachine, name].join(':');
};

/** Whether an event reports that an attempt of a task failed. */
export const isFailure = ({ type = '' }: { readonly type?: string | undefined }): boolean =>
  /^Task(?:Failed|TimedOut|StartFailed|SubmitFailed)$/.test(type);
