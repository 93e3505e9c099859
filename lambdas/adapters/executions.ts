import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ExecutionStatus, Executions } from '../ports/executions.ts';
import { callLimits } from './call-limits.ts';

/** Executions of the order workflow in Step Functions. A job's execution is named by the job's id. */
export function createExecutions({ stateMachineArn }: { readonly stateMachineArn: string }): Executions {
  const client = new SFNClient(callLimits);
  const arnOf = (name: string): string =>
    `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

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
    startSettlement: (jobId) => start(settlementOf(jobId), jobId),
    status: statusOf,
    settlementStatus: (jobId) => statusOf(settlementOf(jobId)),

    async redrive({ jobId, outcome }) {
      const settles = outcome !== undefined && (await statusOf(settlementOf(jobId))) !== undefined;
      try {
        await client.send(
          new RedriveExecutionCommand({ executionArn: arnOf(settles ? settlementOf(jobId) : jobId) }),
        );
        return true;
      } catch (error) {
        if (error instanceof ExecutionNotRedrivable || error instanceof ExecutionDoesNotExist) return false;
        throw error;
      }
    },
  };
}

/** Name of the execution that settles a job whose own execution has ended. */
const settlementOf = (jobId: string): string => `${jobId}.settlement`;
