import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { usageText } from '../src/cli/options.ts';
import { createCloud } from '../src/cloud/create-cloud.ts';
import { controlRoutes } from '../src/control/control.ts';

const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');

describe('the README', () => {
  it('lists every type that runs, and no other', async () => {
    const cloud = await createCloud({ port: 0, awsPort: 0, timeScale: 1, seed: 1 }, () => {});
    await cloud.stop();
    const [, table = ''] = /## What it runs\n([\s\S]*?)\n## /.exec(readme) ?? [];
    const rows = table.split('\n').filter((line) => line.startsWith('|'));

    const listed = rows.flatMap((row) => row.match(/AWS::\w+::\w+/g) ?? []);

    expect(listed.sort()).toEqual(cloud.kinds.map(({ type }) => type).sort());
  });

  it('shows the text of --help', () => {
    expect(readme).toContain(usageText);
  });

  it('lists every control route', () => {
    for (const name of controlRoutes) expect(readme).toMatch(new RegExp(`(GET|POST) /_local/${name}`));
  });
});
