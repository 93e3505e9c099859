import { type Metric, type MetricName, metricTable } from './metric-table.ts';
import { metrics } from './telemetry.ts';

type Table = typeof metricTable;

/** The value of a metric's dimension, if it has one. */
type Of<Name extends MetricName> = Table[Name] extends { readonly dimension: string } ? [of: string] : [];

/**
 * Records values of a metric, as one line of the log.
 *
 * @param values - in the metric's unit; nothing is recorded for an empty list
 * @param of - the value of the metric's dimension
 */
export function measure<Name extends MetricName>(
  name: Name,
  values: number | readonly number[],
  ...[of]: Of<Name>
): void {
  const list = typeof values === 'number' ? [values] : values;
  if (list.length === 0) return;
  const { unit, dimension }: Metric = metricTable[name];
  if (dimension !== undefined && of !== undefined) metrics.addDimension(dimension, of);
  for (const value of list) metrics.addMetric(name, unit, value);
  metrics.publishStoredMetrics();
}
