/**
 * `npm run readme`: writes what README.md shows of runs: an order's answers, from a local cloud that it starts, and tables
 * and badges from `bench/results/`, which `npm run bench` and `npm run chaos -- --json bench/results/chaos.json` write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeBadge } from 'badge-maker';
import type { StatusDocument } from '../domain/protocol/protocol.ts';
import { startBenchCloud } from './meters/bench-cloud.ts';
import { until } from './meters/until.ts';
import { badges } from './report/badges.ts';
import { type ChaosCounts, fillIn, type Results, readmeTables } from './report/readme.ts';

const root = path.join(import.meta.dirname, '..');
const readme = path.join(root, 'README.md');
const read = <Content>(name: string): Content =>
  JSON.parse(readFileSync(path.join(import.meta.dirname, 'results', name), 'utf8'));

const cloud = await startBenchCloud(['--time-scale', '1', '--port', '3000']);
const accepted = await cloud.submit({ payment: { token: 'tok_slow' } });
const status = () => cloud.get<StatusDocument>(accepted.statusUrl);
let inProgress = await status();
await until('the payment is in progress', async () => {
  inProgress = await status();
  return inProgress.stage === 'payment';
});
await cloud.stop();

const block = (head: string, body: object) =>
  `\`\`\`http\n${head}\n\n${JSON.stringify(body, null, 2)}\n\`\`\``;
const answers = [
  block('HTTP/1.1 202 Accepted', accepted),
  'A moment later, at `statusUrl`:',
  block('HTTP/1.1 200 OK', inProgress),
].join('\n\n');

const [results, chaos] = [read<Results>('results.json'), read<readonly ChaosCounts[]>('chaos.json')];
writeFileSync(readme, fillIn(readFileSync(readme, 'utf8'), { answers, ...readmeTables(results, chaos) }));
for (const [name, badge] of Object.entries(badges(packageFacts(), results, chaos)))
  writeFileSync(path.join(root, `docs/images/badge-${name}.svg`), makeBadge(badge));

function packageFacts() {
  const { license, devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return { license, node: devDependencies.node };
}
