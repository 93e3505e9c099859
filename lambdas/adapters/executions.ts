import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Executions } from '../ports.ts';

/** Executions of the order workflow in Step Functions; the execution's name is the job's id. */
export function createExecutions({ stateMachineArn }: { readonly stateMachineArn: string }): Executions {
  const client = new SFNClient({
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });

  return {
    async start(jobId) {
      try {
        await client.send(
          new StartExecutionCommand({ stateMachineArn, name: jobId, input: JSON.stringify({ jobId }) }),
        );
      } catch (error) {
        // It runs, or ran, already: exactly what was asked for.
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },
  };
}
