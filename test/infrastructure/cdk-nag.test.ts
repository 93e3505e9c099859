import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { deployments } from '../support/deployments.ts';

interface Finding {
  readonly ruleName: string;
  readonly description: string;
  readonly violatingResources: readonly { readonly constructPath: string }[];
}

const { TEMPLATES_UNDER_TEST = '' } = process.env;

it.each(Object.keys(deployments))(
  'cdk-nag finds nothing in the %s deployment that is not explained',
  (name) => {
    const file = path.join(TEMPLATES_UNDER_TEST, `${name}.findings.json`);
    const findings = JSON.parse(readFileSync(file, 'utf8')) as Finding[];

    const lines = findings.flatMap(({ ruleName, description, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}: ${description}`),
    );
    expect(lines).toEqual([]);
  },
);
