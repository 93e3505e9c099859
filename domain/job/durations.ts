import type { StageTable } from '../stages.ts';
import type { Step } from './job.ts';

/** How long a stage has been taking lately, in milliseconds. */
export interface Duration {
  /** Decayed mean. */
  readonly meanMs: number;
  /** Decayed estimate of the 95th percentile. */
  readonly p95Ms: number;
  /** Samples so far. */
  readonly samples: number;
}

/** What has been learned, by stage. */
export type Durations = Readonly<Record<string, Duration>>;

/** Weight of a new sample once enough have been seen: the last twenty or so decide. */
const decay = 0.05;

/** What is known after some finished steps. A step that was retried waited more than it worked, and teaches nothing. */
export function learn(durations: Durations, steps: readonly Step[]): Durations {
  const learned: Record<string, Duration> = { ...durations };
  for (const { name, status, attempts, startedAt = '', completedAt = '' } of steps) {
    const ms = Date.parse(completedAt) - Date.parse(startedAt);
    if (status === 'completed' && attempts === undefined && ms >= 0)
      learned[name] = withSample(learned[name], ms);
  }
  return learned;
}

function withSample(known: Duration | undefined, ms: number): Duration {
  if (!known) return { meanMs: ms, p95Ms: ms, samples: 1 };
  const samples = known.samples + 1;
  const weight = Math.max(decay, 1 / samples);
  const meanMs = known.meanMs + weight * (ms - known.meanMs);
  // Stochastic approximation of a quantile: one sample in twenty should lie above it.
  const stride = weight * Math.max(meanMs, Math.abs(ms - known.p95Ms), 1);
  const p95Ms = Math.max(meanMs, known.p95Ms + stride * (ms > known.p95Ms ? 0.95 : -0.05));
  return { meanMs, p95Ms, samples };
}

/** The stage table with what has been learned in place of what was guessed. */
export function expecting(table: StageTable, durations: Durations): StageTable {
  return table.map((stage) => {
    const learned = durations[stage.name];
    return learned ? { ...stage, expectedMs: learned.meanMs, slowMs: learned.p95Ms } : stage;
  });
}
