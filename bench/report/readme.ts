import { markdownTable } from './markdown.ts';
import type { Section } from './section.ts';

/** What a whole run of the benchmark wrote: its sections by their names. */
export type Results = Readonly<Record<'counts' | 'peers' | 'start', Section>> & { readonly machine: string };

/** What one seed of chaos wrote. */
export interface ChaosCounts {
  readonly seed: number;
  readonly context: readonly string[];
  readonly struck: number;
  readonly findings: readonly {
    readonly label: string;
    readonly count: number;
    readonly isPromise: boolean;
  }[];
}

/** The README's tables by the names of their places. */
export function readmeTables(results: Results, chaos: readonly ChaosCounts[]): Record<string, string> {
  const [speed, crash] = results.peers.tables.map(({ rows }) => rows);
  return {
    chaos: markdownTable({ rows: chaosRows(chaos) }),
    cost: markdownTable({ rows: costRows(results.counts) }),
    speed: `${markdownTable({ rows: speed ?? [] })}\n\nMeasured on ${results.machine}`,
    crash: markdownTable({ rows: crash ?? [] }),
  };
}

/** The text with everything between `<!-- NAME -->` and `<!-- /NAME -->` replaced. @throws Error if there is no such place */
export function fillIn(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((filled, [name, part]) => {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [before, rest] = filled.split(begin);
    const after = rest?.split(end)[1];
    if (before === undefined || after === undefined) throw new Error(`The text lacks ${begin} … ${end}`);
    return `${before}${begin}\n${part}\n${end}${after}`;
  }, text);
}

function chaosRows(chaos: readonly ChaosCounts[]) {
  const titles = chaos.map(({ seed, context }) => [`seed ${seed}`, ...context].join(', '));
  const row = (label: string, numbers: readonly number[]) => ({
    'what became of them': label,
    ...Object.fromEntries(titles.map((title, index) => [title, numbers[index] ?? 0])),
  });
  const labels = chaos[0]?.findings ?? [];
  return [
    row(
      'faults that struck',
      chaos.map(({ struck }) => struck),
    ),
    ...labels
      .filter(
        ({ label, isPromise }) =>
          isPromise || ['accepted', 'completed', 'failed', 'cancelled'].includes(label),
      )
      .map(({ label }) =>
        row(
          label,
          chaos.map(({ findings }) => findings.find((finding) => finding.label === label)?.count ?? 0),
        ),
      ),
  ];
}

function costRows({ headlines }: Section) {
  return headlines
    .filter(({ figure }) => !/bundle/.test(figure))
    .map(({ figure, value, beside = '' }) => ({ 'a happy order': figure, value, 'in the gate': beside }));
}
