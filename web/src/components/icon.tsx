/** Shapes on a grid of 16. */
const paths = {
  waiting: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11Z',
  running: 'M8 2.5a5.5 5.5 0 0 1 5.5 5.5M8 13.5A5.5 5.5 0 0 1 2.5 8',
  done: 'm3 8.5 3.3 3.3L13 5',
  failed: 'm4 4 8 8m0-8-8 8',
  undone: 'M6 3 3 6l3 3M3.5 6H10a3 3 0 0 1 0 6H7',
  skipped: 'M3 8h10',
  retrying: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5V5.5h-3',
  alert: 'M8 2.5 14 13H2L8 2.5Zm0 4v3m0 1.8v.1',
  live: 'M9 2 4 9h3.5L7 14l5-7H8.5L9 2Z',
  polling: 'M8 4.5V8l2.3 1.5M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11Z',
  offline: 'm3 3 10 10M5 6.5A6 6 0 0 1 8 5.7c1.7 0 3.2.7 4.3 1.8M6.3 9.7a2.6 2.6 0 0 1 3.4 0',
  connecting: 'M3 8h.1M8 8h.1M13 8h.1',
  external: 'M9.5 3H13v3.5M13 3 7.5 8.5M11 9.5V13H3V5h3.5',
} as const;

/** Name of an icon. */
export type IconName = keyof typeof paths;

/** An icon beside its word: screen readers hear the word. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
