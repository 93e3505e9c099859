import * as z from 'zod/mini';
import type { StageTable } from '../stages.ts';
import type { Step } from './job.ts';

/** How long a stage has been taking lately, in milliseconds. */
const Duration = z.object({
  /** Decayed mean. */
  meanMs: z.number(),
  /** Decayed estimate of the 95th percentile. */
  p95Ms: z.number(),
  /** Number of samples so far. */
  samples: z.number(),
});
export type Duration = Readonly<z.infer<typeof Duration>>;

/** Learned durations by stage. */
export const Durations = z.record(z.string(), Duration);
export type Durations = Readonly<Record<string, Duration>>;

/** Weight of a new sample once there are enough: roughly the last twenty samples count. */
const decay = 0.05;

/** Adds the durations of finished steps. Steps that were retried are ignored: most of their time was waiting. */
export function learnDurations(durations: Durations, steps: readonly Step[]): Durations {
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

/** The stage table, with learned durations in place of the configured ones. */
export function withLearnedDurations(table: StageTable, durations: Durations): StageTable {
  return table.map((stage) => {
    const learned = durations[stage.name];
    return learned ? { ...stage, expectedMs: learned.meanMs, slowMs: learned.p95Ms } : stage;
  });
}
