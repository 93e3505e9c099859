import type { Growth } from '../growth/growth.ts';
import { growWithHistory } from '../growth/history.ts';
import { growWithOrdersInFlight } from '../growth/in-flight.ts';
import { growWithFailingReceivers } from '../growth/receivers.ts';
import { growWithRetries } from '../growth/retries.ts';
import { growWithWatchers } from '../growth/watchers.ts';
import type { Section } from '../report/section.ts';

/** Orders in flight, watchers, history, retries, receivers that fail. */
export async function grow(quick: boolean): Promise<Section> {
  const found: Growth[] = [];
  for (const measure of [
    growWithOrdersInFlight,
    growWithWatchers,
    growWithHistory,
    growWithRetries,
    growWithFailingReceivers,
  ])
    found.push(await measure(quick));
  return {
    title: 'Growth',
    text: found.map(({ title, because }) => `*${title}*: ${because}`).join('\n\n'),
    tables: found.map(({ title, rows }) => ({ title, rows })),
    charts: found.map(({ name, title, of, charted, rows }) => ({
      name: `growth-${name}`,
      title,
      x: { label: of, scale: (rows.at(-1)?.[of] ?? 0) > 1_000 ? 'log' : 'linear' },
      y: { label: '', scale: 'linear' },
      series: charted.map((column) => ({
        name: column,
        points: rows.map((row) => [row[of] ?? 0, row[column] ?? 0] as const),
      })),
    })),
    headlines: found.flatMap(({ title, of, charted, rows }) => {
      const [first, last] = [rows[0] ?? {}, rows.at(-1) ?? {}];
      return charted.slice(0, 1).map((column) => ({
        figure: `${title}: ${column}`,
        value: last[column] ?? 0,
        beside: `${first[column]} at ${first[of]}, ${last[column]} at ${last[of]}`,
      }));
    }),
  };
}
