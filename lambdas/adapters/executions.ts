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

/**
 * Executions of the order workflow in Step Functions. A job's execution is named by the job's id.
 *
 * @param stateMachineArn - what to start: the state machine, or an alias of it
 */
export function createExecutions({ stateMachineArn }: { readonly stateMachineArn: string }): Executions {
  const client = new SFNClient(callLimits);
  const arnOf = (name: string): string => executionArnOf(stateMachineArn, name);

  async function start(name: string, jobId: string, signal?: AbortSignal): Promise<void> {
    try {
      await client.send(
        new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify({ jobId }) }),
        { ...(signal && { abortSignal: signal }) },
      );
    } catch (error) {
      // It was started before, which is what the caller wants.
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
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
    startSettlement: (job) => start(settlementExecutionOf(job), job.jobId),
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
