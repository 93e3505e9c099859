import { OrderCancelled, OrderRefused } from '../../../domain/protocol/errors.ts';
import type { StageTable } from '../../../domain/stages.ts';
import type { ExecutionStatus, Executions, Settled } from '../../../lambdas/ports/executions.ts';
import type { StageInput } from '../../../lambdas/runtime/stage.ts';
import type { SettleInput } from '../../../lambdas/settlement/settle.ts';
import type { Activities, Activity } from './activities.ts';

/** The functions that the state machine calls. */
export interface Tasks {
  /** @returns what the next stage is passed */
  stage(activity: Activity, name: string, input: StageInput): Promise<unknown>;
  settlement(activity: Activity, input: SettleInput): Promise<void>;
}

/** As much of Step Functions as an order needs. */
export interface Machine {
  readonly executions: Executions;
  /** Names of all that were started. */
  names(): string[];
  /** The stages of an execution's definition; undefined if it was not started. */
  planOf(name: string): string[] | undefined;
  /** Ends a running execution from outside; what its function is just doing goes on. */
  end(name: string, status: Exclude<ExecutionStatus, 'RUNNING'>): void;
  /** What an operator does in the console. */
  redrive(name: string): void;
  /** Takes running executions up again after a power cut: each begins its state anew, and counts retries from 0. */
  resume(): void;
}

interface Execution {
  readonly name: string;
  readonly jobId: string;
  /** The stage table of its definition, which it keeps whatever is deployed later. */
  readonly table: StageTable;
  status: ExecutionStatus;
  /** Where it is: a row of the table, or the settlement behind the last. */
  at: number;
  /** What the last stage returned. */
  passed?: { readonly job: unknown };
  /** Which drive is the present one: a redrive does not end what the one before left behind. */
  drive: number;
}

/** Times a settlement is tried. */
const settlementAttempts = 2;

/** Executions of the order workflow, with its retries and its catches. */
export function createMachine(activities: Activities, deployed: () => StageTable, tasks: Tasks): Machine {
  const all = new Map<string, Execution>();

  /** As Step Functions: a start that is repeated while the execution runs says when it began, long ago for whoever asks. */
  function start(name: string, jobId: string): Date | undefined {
    const present = all.get(name);
    if (present) return present.status === 'RUNNING' ? new Date(0) : undefined;
    const execution: Execution = { name, jobId, table: deployed(), status: 'RUNNING', at: 0, drive: 0 };
    all.set(name, execution);
    run(execution);
    return new Date();
  }

  function run(execution: Execution): void {
    execution.status = 'RUNNING';
    const drive = ++execution.drive;
    const isPresent = () => execution.status === 'RUNNING' && execution.drive === drive;
    // Nobody waits for it: whoever started it goes on.
    void activities.begin(
      `${execution.name === execution.jobId ? 'execution' : 'settlement'} ${drive}`,
      async (activity) => {
        while (isPresent()) {
          const end =
            execution.at < execution.table.length
              ? await stage(execution, activity, isPresent)
              : await settle(execution, activity, isPresent);
          if (!isPresent()) return;
          if (end !== 'goes on') execution.status = end;
        }
      },
    );
  }

  async function stage(
    execution: Execution,
    activity: Activity,
    isPresent: () => boolean,
  ): Promise<ExecutionStatus | 'goes on'> {
    const { jobId, table } = execution;
    const row = table[execution.at] as StageTable[number];
    const stages = table.map(({ name }) => name);
    for (let retryCount = 0; isPresent(); retryCount++) {
      try {
        const state = execution.passed ? { passed: execution.passed } : {};
        const job = await activity.call(() =>
          tasks.stage(activity, row.name, { jobId, retryCount, stages, state }),
        );
        if (!isPresent()) break;
        // As JSON, as in the history of the execution.
        execution.passed = JSON.parse(JSON.stringify({ job }));
        return pass(execution);
      } catch (error) {
        if (!isPresent()) break;
        const isEnding = error instanceof OrderRefused || error instanceof OrderCancelled;
        if (!isEnding && retryCount < row.retry.maxRetries) continue;
        if (!isEnding && !row.bestEffort) return 'FAILED';
        if (!isEnding) {
          const skipped = await settle(execution, activity, isPresent, { skip: row.name, stages });
          return skipped === 'FAILED' ? skipped : pass(execution);
        }
        execution.at = table.length;
        return 'goes on';
      }
    }
    return 'goes on';
  }

  function pass(execution: Execution): ExecutionStatus | 'goes on' {
    execution.at += 1;
    return execution.at === execution.table.length ? 'SUCCEEDED' : 'goes on';
  }

  async function settle(
    { jobId }: Execution,
    activity: Activity,
    isPresent: () => boolean,
    input: Pick<SettleInput, 'skip' | 'stages'> = {},
  ): Promise<ExecutionStatus> {
    for (let attempt = 1; attempt <= settlementAttempts && isPresent(); attempt++) {
      try {
        await activity.call(() =>
          tasks.settlement(activity, { jobId, failure: { Error: 'OrderRefused' }, ...input }),
        );
        return 'SUCCEEDED';
      } catch {}
    }
    return 'FAILED';
  }

  function redrive(name: string): boolean {
    const execution = all.get(name);
    if (!execution || ['RUNNING', 'SUCCEEDED'].includes(execution.status)) return false;
    run(execution);
    return true;
  }

  return {
    executions: {
      start: async (jobId) => start(jobId, jobId),
      startSettlement: async (job) => void start(settlementOf(job), job.jobId),
      status: async (jobId) => all.get(jobId)?.status,
      settlementStatus: async (job) => all.get(settlementOf(job))?.status,
      redrive: async (jobId) => redrive(jobId) || all.get(jobId)?.status === 'RUNNING',
      awaitedRetry: async () => undefined,
    },
    names: () => [...all.keys()],
    planOf: (name) => all.get(name)?.table.map((stage) => stage.name),
    end(name, status) {
      const execution = all.get(name);
      if (execution?.status === 'RUNNING') execution.status = status;
    },
    redrive: (name) => void redrive(name),
    resume() {
      for (const execution of all.values()) if (execution.status === 'RUNNING') run(execution);
    },
  };
}

const settlementOf = ({ jobId, settlement = 1 }: Settled): string => `${jobId}-settlement-${settlement}`;
