import { metrics } from '../../lambdas/runtime/telemetry.ts';

/** Every metric that is recorded while something runs: `OrdersAccepted 1`, or with its dimension `StageFailed payment 1`. */
export async function metricsOf(run: () => Promise<unknown>): Promise<string[]> {
  const recorded: string[] = [];
  let dimensions: string[] = [];
  const { addDimension, addMetric, publishStoredMetrics } = metrics;
  Object.assign(metrics, {
    addDimension: (_: string, value: string) => void dimensions.push(value),
    addMetric: (name: string, _: string, value: number) =>
      void recorded.push([name, ...dimensions, value].join(' ')),
    publishStoredMetrics: () => {
      dimensions = [];
    },
  });
  try {
    await run().catch(() => {});
  } finally {
    Object.assign(metrics, { addDimension, addMetric, publishStoredMetrics });
  }
  return recorded;
}
