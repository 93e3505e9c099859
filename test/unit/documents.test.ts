import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { badges } from '../../bench/report/badges.ts';
import { fillIn, readmeTables } from '../../bench/report/readme.ts';
import { AcceptedOrder, StatusDocument } from '../../domain/protocol/protocol.ts';

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

describe('the README', () => {
  const text = textOf('README.md');
  const resultsOf = (name: string) => JSON.parse(textOf(`bench/results/${name}`));

  it('shows the tables of the last runs, as `npm run readme` writes them', () => {
    const tables = readmeTables(resultsOf('results.json'), resultsOf('chaos.json'));

    expect(fillIn(text, tables)).toBe(text);
  });

  it('has badges that say what the last runs found', () => {
    const { license, devDependencies } = JSON.parse(textOf('package.json'));
    const facts = { license, node: devDependencies.node };

    const told = badges(facts, resultsOf('results.json'), resultsOf('chaos.json'));

    for (const [name, { label, message }] of Object.entries(told)) {
      const file = `docs/images/badge-${name}.svg`;
      expect(text).toContain(`](${file})`);
      expect(textOf(file)).toContain(`<title>${label}: ${message}</title>`);
    }
  });

  it('shows a 202 and a status as the API sends them', () => {
    const bodies = [...text.matchAll(/```http\n[^\n]+\n\n([^`]+)```/g)].map(([, body = '']) =>
      JSON.parse(body),
    );

    expect(bodies).toHaveLength(2);
    expect(AcceptedOrder.safeParse(bodies[0])).toMatchObject({ success: true });
    expect(StatusDocument.safeParse(bodies[1])).toMatchObject({ success: true });
  });
});
