import type { Definition } from './state-machine-definition.ts';

/** A deployed state machine, created at a time in epoch milliseconds. */
export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly role: string;
  readonly definition: Definition;
  readonly definitionText: string;
  readonly created: number;
  /** Of role and definition, in the store. */
  readonly version: number;
  readonly type: 'STANDARD' | 'EXPRESS';
  /** Of Express executions; those of Standard ones are read through the API. */
  readonly log?: ExecutionLog | undefined;
}

/** Where a state machine's executions are logged, and which of their events. */
export interface ExecutionLog {
  readonly group: string;
  readonly level: 'ALL' | 'ERROR' | 'FATAL' | 'OFF';
  readonly includeExecutionData: boolean;
}
