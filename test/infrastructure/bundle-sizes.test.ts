import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { assetOf, functionsOf } from '../support/stack.ts';

/** Largest bundle, in kilobytes: a function reads, compiles and runs all of it before it takes its first call. */
const budget = 450;

/** Those with more, and what it is. */
const larger: Readonly<Record<string, number>> = {
  // Stripe's client.
  StagesPayment: 650,
  SettlementSettle: 650,
};

const names = Object.keys(functionsOf());

describe('the bundle', () => {
  it.each(names)('of %s is within its budget', (name) => {
    const { size } = statSync(path.join(assetOf(name, 'development'), 'index.js'));

    expect(size / 1024).toBeLessThanOrEqual(larger[name] ?? budget);
  });

  it.each(names)('of %s takes the credentials that Lambda gives it, and brings no other provider', (name) => {
    const bundle = readFileSync(path.join(assetOf(name, 'development'), 'index.js'), 'utf8');

    expect(bundle).not.toMatch(/fromSSO|fromInstanceMetadata|fromTokenFile|fromIni/);
  });
});
