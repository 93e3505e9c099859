import type { Section, Table } from './section.ts';

/** A run as a Markdown document; its charts are files beside it. */
export function markdown(sections: readonly Section[], machine: string): string {
  const parts = sections.flatMap(({ title, text, tables, charts }) => [
    `## ${title}`,
    text,
    ...tables.map((table) => `**${table.title}**\n\n${markdownTable(table)}`),
    ...charts.map((chart) => `![${chart.title}](${chart.name}.svg)`),
  ]);
  return `${['# Results of `npm run bench`', machine, ...parts].join('\n\n')}\n`;
}

/** Rows as a table, their members as columns. */
export function markdownTable({ rows }: Pick<Table, 'rows'>): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const line = (cells: readonly unknown[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((column) => shown(row[column])))),
  ].join('\n');
}

const shown = (value: string | number | undefined): string =>
  typeof value === 'number' ? value.toLocaleString('en-US', { maximumFractionDigits: 2 }) : (value ?? '');
