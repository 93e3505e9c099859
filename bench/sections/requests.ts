import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { Section } from '../report/section.ts';

type Row = {
  readonly request: string;
  readonly 'CPU (ms)': number;
  readonly 'allocated (KB)': number;
};

const script = path.join(import.meta.dirname, 'measure-requests.ts');

/** What a request costs a function that is warm, with the network stubbed. */
export async function requests(quick: boolean): Promise<Section> {
  const args = [script, '--requests', quick ? '100' : '2000'];
  const rows: Row[] = JSON.parse(
    execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  return {
    title: 'A request',
    text:
      'The bundles as deployed, warm, in one process after another, with a network that answers at once and without sockets; ' +
      'logs and metrics are off. What is left is validation, the domain, and the SDK, which signs and reads each call.',
    tables: [{ title: 'CPU and memory of one request', rows }],
    charts: [],
    headlines: rows.map((row) => ({
      figure: `CPU of a request (ms), ${row.request}`,
      value: row['CPU (ms)'],
      beside: `${row['allocated (KB)']} KB allocated`,
    })),
  };
}
