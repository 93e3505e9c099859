import type { AwsError } from '../wire/aws-error.ts';
import type { JsonObject } from '../wire/aws-service.ts';
import { StateError } from './state-error.ts';

/** The resource of tasks that start an execution and do not wait for its end. */
export const startExecution = 'arn:aws:states:::states:startExecution';

/** Parameters of such a task that are understood. */
export const startExecutionParameters = ['StateMachineArn', 'Name', 'Input'];

export interface StartExecutionPorts {
  readonly access: {
    accessKeyFor(role: string): string;
    authorize(key: string, action: string, arn: string): void;
  };
  /** StartExecution of the API. */
  readonly startExecution?: (input: JsonObject) => Promise<JsonObject>;
}

/** Starts the execution that a task's parameters name. @throws StateError StepFunctions.<error>Exception */
export async function startExecutionTask(input: unknown, role: string, ports: StartExecutionPorts) {
  const { StateMachineArn, Name, Input = {} } = (input ?? {}) as JsonObject;
  const { access, startExecution: start } = ports;
  try {
    access.authorize(access.accessKeyFor(role), 'states:StartExecution', String(StateMachineArn));
    const started = await start?.({
      ...{
        stateMachineArn: StateMachineArn,
        input: typeof Input === 'string' ? Input : JSON.stringify(Input),
      },
      ...(Name !== undefined && { name: Name }),
    });
    const { executionArn, startDate } = started ?? {};
    return { ExecutionArn: executionArn, StartDate: startDate };
  } catch (thrown) {
    const { name, message } = thrown as AwsError;
    throw new StateError(`StepFunctions.${name.replace(/Exception$/, '')}Exception`, message);
  }
}
