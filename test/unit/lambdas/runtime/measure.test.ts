import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { measure } from '../../../../lambdas/runtime/measure.ts';
import { metrics } from '../../../../lambdas/runtime/telemetry.ts';

/** What is written in the embedded metric format while something runs. */
function written(run: () => void): object[] {
  const documents: object[] = [];
  jest.spyOn(metrics, 'publishStoredMetrics').mockImplementation(() => {
    documents.push(metrics.serializeMetrics());
    metrics.clearMetrics();
    metrics.clearDimensions();
    return metrics;
  });
  run();
  return documents;
}

afterEach(() => {
  jest.restoreAllMocks();
});

const directive = (dimensions: readonly string[], metric: object) => ({
  CloudWatchMetrics: [{ Namespace: 'Accepted', Dimensions: [dimensions], Metrics: [metric] }],
});

describe('a metric', () => {
  it('is one line with its unit, its value and its dimension', () => {
    const [line] = written(() => measure('StageDuration', 12, 'payment'));

    expect(line).toMatchObject({
      StageDuration: 12,
      stage: 'payment',
      service: 'accepted',
      _aws: directive(['service', 'stage'], { Name: 'StageDuration', Unit: 'Milliseconds' }),
    });
  });

  it('does not inherit the dimension of the one before', () => {
    const [, line] = written(() => {
      measure('StageFailed', 1, 'payment');
      measure('OrdersAccepted', 1);
    });

    expect(line).toMatchObject({ _aws: directive(['service'], { Name: 'OrdersAccepted', Unit: 'Count' }) });
  });

  it('is one line for many values, and none for no value', () => {
    expect(written(() => measure('PushLag', [1, 2, 3]))).toMatchObject([{ PushLag: [1, 2, 3] }]);
    expect(written(() => measure('PushLag', []))).toEqual([]);
  });
});
