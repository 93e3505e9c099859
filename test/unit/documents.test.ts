import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = path.join(import.meta.dirname, '../..');
const documents = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root })];
const textOf = (document: string) => readFileSync(path.join(root, document), 'utf8');

/** The files and folders of the repository that a document links to. */
const linked = (document: string): string[] =>
  [...textOf(document).matchAll(/\]\((?!\w+:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);

describe('the documents', () => {
  it.each(documents)('%s links only to what exists', (document) => {
    const folder = path.dirname(path.join(root, document));

    expect(linked(document).filter((target) => !existsSync(path.join(folder, target)))).toEqual([]);
  });

  it('name a mechanism and a test for each of the ten risks of OWASP', () => {
    const rows = textOf('docs/security.md')
      .split('\n')
      .filter((line) => /^\| \[API\d+\]/.test(line));

    expect(rows.map((row) => /API\d+/.exec(row)?.[0])).toEqual(
      Array.from({ length: 10 }, (_, i) => `API${i + 1}`),
    );
    for (const row of rows) {
      const [, mechanism = '', tests = ''] = row.split(' | ').map((cell) => cell.trim()) as string[];
      expect(mechanism).not.toBe('');
      expect(tests).toMatch(/\.test\.ts\)/);
    }
  });
});
