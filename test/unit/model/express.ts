import type { StageTable } from '../../../domain/stages.ts';
import type { Activities, Activity } from './activities.ts';
import type { Tasks } from './machine.ts';

/** Executions of the Express state machine for one order. No name is refused, and none can be asked for. */
export interface Express {
  /** Begins one more. */
  start(): void;
  /** Ends one that was started, if it runs, without a trace; what its function is just doing goes on. */
  lose(choice: number): void;
}

export interface ExpressPorts {
  readonly jobId: string;
  readonly activities: Activities;
  readonly deployed: () => StageTable;
  readonly tasks: Pick<Tasks, 'stage'>;
  /** Starts the Standard execution. */
  readonly handOver: () => Promise<void>;
}

/** Attempts of a stage before a Standard execution goes on. */
const attempts = 2;

export function createExpress({ jobId, activities, deployed, tasks, handOver }: ExpressPorts): Express {
  const all: { isLost: boolean }[] = [];

  function start(): void {
    const execution = { isLost: false };
    const number = all.push(execution);
    const table = deployed();
    void activities.begin(`express ${number}`, async (activity) => {
      const isDone = await work(table, activity, execution);
      // If this fails too, nobody hears of the execution any more.
      if (!isDone && !execution.isLost)
        await activity.call(() => activity.effect('executions.start', handOver));
    });
  }

  /** @returns whether every stage succeeded */
  async function work(table: StageTable, activity: Activity, execution: { readonly isLost: boolean }) {
    const stages = table.map(({ name }) => name);
    let state: { readonly passed?: { readonly job: unknown } } = {};
    for (const stage of stages) {
      for (let retryCount = 0; ; retryCount += 1) {
        try {
          const job = await activity.call(() =>
            tasks.stage(activity, stage, { jobId, retryCount, stages, express: true, state }),
          );
          // As JSON, as in the input of the next state.
          state = { passed: JSON.parse(JSON.stringify({ job })) };
          break;
        } catch (error) {
          const isEnding = /^Order(?:Refused|Cancelled)$/.test((error as Error).name);
          if (isEnding || retryCount === attempts - 1 || execution.isLost) return false;
        }
      }
      if (execution.isLost) return false;
    }
    return true;
  }

  return {
    start,
    lose(choice) {
      const execution = all[choice % all.length];
      if (execution) execution.isLost = true;
    },
  };
}
