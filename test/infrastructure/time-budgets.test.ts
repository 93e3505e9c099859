import { describe, expect, it } from '@jest/globals';
import { type StageName, stages } from '../../domain/stages.ts';
import { longestCallMs } from '../../lambdas/adapters/call-limits.ts';
import { constructOf, functionNamed } from '../support/stack.ts';

const timeoutMs = (name: string): number => functionNamed(name).Timeout * 1_000;

/** Maximum number of sequential calls of AWS services that a function makes while a caller waits. */
const calls: Record<string, number> = {
  ApiAccept: 4,
  ApiStatus: 2,
  ApiCancel: 3,
  ApiRedrive: 4,
  ApiOrder: 1,
  ApiHistory: 1,
};

/** Maximum duration of a stage's own calls, in milliseconds: Stripe has 11 s and a call of DynamoDB more, the sandbox 3 s. */
const work: Partial<Record<StageName, number>> = {
  payment: 11_000 + longestCallMs,
  'order-creation': longestCallMs,
  email: 5_000,
};

describe('a function that a caller waits for', () => {
  it('ApiStatus has time for the longest wait between its two calls, and for closing the connection', () => {
    const { MAX_WAIT_SECONDS } = functionNamed('ApiStatus').Environment.Variables;

    expect(timeoutMs('ApiStatus')).toBeGreaterThan(
      2 * longestCallMs + Number(MAX_WAIT_SECONDS) * 1_000 + 1_000 + 1_000,
    );
  });

  it.each(Object.entries(calls))('%s has time for %i calls of the maximum duration', (name, count) => {
    expect(timeoutMs(name)).toBeGreaterThan(count * longestCallMs + 1_000);
  });

  it('times out before API Gateway does', () => {
    for (const name of Object.keys(calls)) expect(timeoutMs(name)).toBeLessThan(30_000);
  });
});

describe('a stage', () => {
  it.each(stages)('$name has the timeout of its row', ({ name, timeoutSeconds }) => {
    expect(timeoutMs(constructOf(name))).toBe(timeoutSeconds * 1_000);
  });

  it.each(stages)('$name has time for its work and for recording its failure', ({ name, timeoutSeconds }) => {
    expect(timeoutSeconds * 1_000).toBeGreaterThan((work[name] ?? 0) + longestCallMs);
  });
});
