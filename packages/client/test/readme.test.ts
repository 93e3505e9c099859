import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');
const readmes = ['README.md', 'packages/client/README.md'];

/** Below `node_modules`, so that packages are found as in an application. */
const cache = join(root, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'readme-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** As the template of Vite for React sets it. */
const tsconfig = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    customConditions: ['accepted-source'],
    allowImportingTsExtensions: true,
    types: ['vite/client'],
    jsx: 'react-jsx',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  },
};

/** Writes each example to a file of its own, at the lines that it has in the README. */
function writeExamples(readme: string): number {
  const lines = readFileSync(join(root, readme), 'utf8').split('\n');
  const starts = lines.flatMap((line, i) => (/^```tsx?$/.test(line) ? [i + 1] : []));
  for (const start of starts) {
    const example = lines.slice(start, lines.indexOf('```', start));
    const source = [...Array(start).fill(''), ...example, 'export {};'].join('\n');
    writeFileSync(join(folder, `${readme.replaceAll('/', '+')}+${start}.tsx`), source);
  }
  return starts.length;
}

/** What the compiler says, at the lines of the READMEs. */
function errors(): string[] {
  try {
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout: string };
    const place = /^(\S+\.md)\+\d+\.tsx\((\d+),\d+\)/;
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(place, (_, readme, line) => `${readme.replaceAll('+', '/')}:${line}`));
  }
}

it('every example of the READMEs compiles against what the client exports', () => {
  cpSync(join(import.meta.dirname, 'support/application.d.ts'), join(folder, 'application.d.ts'));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));

  const examples = readmes.map(writeExamples);

  expect(examples.at(-1)).toBeGreaterThanOrEqual(11);
  expect(errors()).toEqual([]);
});
