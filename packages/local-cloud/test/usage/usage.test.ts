import { describe, expect, it } from '@jest/globals';
import { createUsage } from '../../src/usage/usage.ts';

describe('usage', () => {
  it('counts and prices what AWS would bill', () => {
    const usage = createUsage();
    usage.call('dynamodb', 'PutItem');
    usage.call('dynamodb', 'PutItem');
    usage.units('jobs', { write: 2 });
    usage.units('jobs', { read: 0.5 });
    usage.invocation('Orders/Accept', 0.25);
    usage.transition('Orders', 'payment');
    usage.message('http');

    const report = usage.report();

    expect(report).toMatchObject({
      calls: { dynamodb: { PutItem: 2 } },
      units: { jobs: { read: 0.5, write: 2 } },
      functions: { 'Orders/Accept': { invocations: 1, gbSeconds: 0.25 } },
      transitions: { Orders: { payment: 1 } },
      messages: { http: 1, websocket: 0 },
    });
    const usd = 25e-6 + 2 * 0.625e-6 + 0.5 * 0.125e-6 + 0.2e-6 + 0.25 * 0.0000133334 + 1e-6;
    expect(report.totalUsd).toBeCloseTo(usd, 12);
    expect(report.price).toContainEqual({
      item: 'Step Functions Standard state transition',
      quantity: 1,
      usdPerUnit: 25e-6,
      usd: 25e-6,
    });
  });

  it('starts over at a reset', () => {
    const usage = createUsage();
    usage.call('states', 'StartExecution');

    usage.reset();

    expect(usage.report()).toMatchObject({ calls: {}, totalUsd: 0 });
  });
});
