import { describe, expect, it } from '@jest/globals';
import { type StageName, stages } from '../../domain/stages.ts';
import { longestCallMs } from '../../lambdas/adapters/call-limits.ts';
import { functionsOf, titleOf } from '../support/stack.ts';

const timeoutMs = (name: string): number => (functionsOf()[name]?.Properties.Timeout ?? 0) * 1_000;

/** Calls of AWS services that a function makes one after the other while a caller waits, at the most. */
const calls: Record<string, number> = {
  ApiAccept: 4,
  ApiStatus: 1,
  ApiCancel: 3,
  ApiRedrive: 4,
  ApiOrder: 1,
};

/** Longest that a stage's own calls may take, in milliseconds: the sandbox thinks for 3 s, Stripe gets 14.5 s. */
const work: Partial<Record<StageName, number>> = {
  payment: 14_500,
  'order-creation': longestCallMs,
  email: 5_000,
};

describe('a function that a caller waits for', () => {
  it.each(Object.entries(calls))('%s outlives %i calls that each take their longest', (name, count) => {
    expect(timeoutMs(name)).toBeGreaterThan(count * longestCallMs + 1_000);
  });

  it('answers before API Gateway does in its place', () => {
    for (const name of [...Object.keys(calls), 'History']) expect(timeoutMs(name)).toBeLessThan(30_000);
  });
});

describe('a stage', () => {
  it.each(stages)('$name runs no longer than its row says', ({ name, timeoutSeconds }) => {
    expect(timeoutMs(`Stages${titleOf(name)}`)).toBe(timeoutSeconds * 1_000);
  });

  it.each(stages)('$name outlives its work and the record of its failure', ({ name, timeoutSeconds }) => {
    expect(timeoutSeconds * 1_000).toBeGreaterThan((work[name] ?? 0) + longestCallMs);
  });
});
