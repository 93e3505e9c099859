import type { Operator } from './operator.ts';
import type { Finding } from './verdict.ts';

/** Offenders whose story is told; more of them say the same. */
const told = 5;

/** The findings as a table, broken promises marked. */
export function tableOf(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ label }) => label.length));
  return findings
    .map(({ label, found, isPromise }) => {
      const mark = !isPromise ? '' : found.length === 0 ? '✓' : '✗ must be 0';
      return `${label.padEnd(width)}  ${String(found.length).padStart(5)}  ${mark}`.trimEnd();
    })
    .join('\n');
}

/** How many faults struck. */
export const totalOf = (struck: Readonly<Record<string, number>>): number =>
  Object.values(struck).reduce((sum, count) => sum + count, 0);

/** Faults that struck: a line a target. */
export function strikesOf(struck: Readonly<Record<string, number>>): string {
  const byTarget = Map.groupBy(Object.entries(struck), ([label]) => label.slice(0, label.lastIndexOf(': ')));
  const lines = [...byTarget].map(([target, effects]) => {
    const counts = effects.map(([label, count]) => `${label.slice(label.lastIndexOf(': ') + 2)} ${count}`);
    return `  ${target.replace('/Function', '').padEnd(30)} ${counts.join(', ')}`;
  });
  return [`faults struck: ${totalOf(struck)}`, ...lines.sort()].join('\n');
}

/** The jobs behind each broken promise, with what their executions did. */
export async function storiesOf(broken: readonly Finding[], operator: Operator): Promise<string> {
  const jobs = new Map((await operator.jobs()).map((job) => [job.jobId, job]));
  const stories: string[] = [];
  for (const { label, found } of broken) {
    stories.push(`\n${label}: ${found.join(', ')}`);
    for (const jobId of found.filter((id) => jobs.has(id)).slice(0, told)) {
      const { ticket: _, owner: __, ...job } = jobs.get(jobId) ?? {};
      stories.push(`  ${JSON.stringify(job)}`, await operator.history(jobId));
    }
  }
  return stories.join('\n');
}
