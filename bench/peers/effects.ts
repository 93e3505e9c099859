import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** The outside world: a payment that took effect is a line of a file, which no crash takes back. */
export const takeEffect = (file: string, id: string): void => appendFileSync(file, `${id}\n`);

/** How many orders' payments took effect more than once. */
export function doubled(file: string): number {
  const ids = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts.values()].filter((count) => count > 1).length;
}
