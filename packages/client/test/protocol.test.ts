import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

it('the types of the client are generated from the schemas of the contract', () => {
  const folder = join(import.meta.dirname, '..');

  // In a process of its own, because the generator imports packages that this test runner cannot load.
  const generated = execFileSync(process.execPath, [join(folder, 'build/generate-protocol.ts')], {
    encoding: 'utf8',
  });

  expect(readFileSync(join(folder, 'src/protocol.ts'), 'utf8')).toBe(generated);
});
