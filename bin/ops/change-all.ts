import { type JobResult, maxBatch } from '../../domain/operator/operator-protocol.ts';
import type { Operate } from './operator-function.ts';
import { progressBar } from './progress-bar.ts';
import type { Terminal } from './terminal.ts';

/**
 * Cancels or redrives jobs page by page, and shows how far it is.
 *
 * @returns what became of each; of fewer than all when Ctrl-C stopped it
 */
export async function changeAll(
  action: 'cancel' | 'redrive',
  jobIds: readonly string[],
  { operate, terminal }: { readonly operate: Operate; readonly terminal: Terminal },
): Promise<readonly JobResult[]> {
  const interruption = terminal.interruption();
  const results: JobResult[] = [];
  for (let at = 0; at < jobIds.length && !interruption.aborted; at += maxBatch) {
    if (jobIds.length > maxBatch) terminal.redraw(progressBar(at, jobIds.length));
    const page = await operate({ action, jobIds: jobIds.slice(at, at + maxBatch) });
    results.push(...page.results);
  }
  if (jobIds.length > maxBatch) terminal.redraw(progressBar(results.length, jobIds.length));
  if (results.length < jobIds.length)
    terminal.note(`Stopped: ${jobIds.length - results.length} of ${jobIds.length} jobs are as they were.`);
  return results;
}
