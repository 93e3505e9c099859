import { sum } from '../meters/sum.ts';
import type { ChaosCounts, Results } from './readme.ts';

export interface Badge {
  readonly label: string;
  readonly message: string;
  readonly color: string;
}

/** What the badges say beside the results of runs. */
export interface PackageFacts {
  /** SPDX identifier. */
  readonly license: string;
  /** Version of Node.js that `npm ci` brings. */
  readonly node: string;
}

/** The README's badges by the names of their files. */
export function badges(
  { license, node }: PackageFacts,
  { counts }: Results,
  chaos: readonly ChaosCounts[],
): Record<'license' | 'node' | 'promises' | 'price', Badge> {
  const findings = chaos.flatMap((seed) => seed.findings);
  const broken = sum(findings.filter(({ isPromise }) => isPromise).map(({ count }) => count));
  const orders = sum(findings.filter(({ label }) => label === 'accepted').map(({ count }) => count));
  const faults = sum(chaos.map(({ struck }) => struck));
  const dollars = (figure: string) =>
    Math.round(Number(counts.headlines.find((headline) => headline.figure === figure)?.value));
  const standard = dollars('USD per million, watched');
  const express = dollars('USD per million, watched, workflow=express-first');

  return {
    license: { label: 'license', message: license, color: 'blue' },
    node: { label: 'Node.js', message: node.split('.')[0] ?? '', color: 'blue' },
    promises: {
      label: 'broken promises',
      message: `${broken} in ${orders} orders and ${faults.toLocaleString('en-US')} faults`,
      color: broken === 0 ? 'brightgreen' : 'red',
    },
    price: {
      label: 'a million watched orders',
      message: `$${standard}, express-first $${express}`,
      color: 'blue',
    },
  };
}
