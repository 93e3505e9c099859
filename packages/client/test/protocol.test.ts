import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

it('the types of the client are those that the contract’s schemas make', () => {
  // In a process of its own: the generator imports in ways that this test runner does not know.
  const made = execFileSync('node_modules/.bin/node', ['packages/client/build/generate-protocol.ts'], {
    encoding: 'utf8',
  });

  expect(readFileSync('packages/client/src/protocol.ts', 'utf8')).toBe(made);
});
