const format = new Intl.DateTimeFormat(undefined, {
  ...({ month: 'short', day: 'numeric' } as const),
  ...({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const),
});

/** A time of epoch milliseconds in the reader's locale. */
export const Time = ({ ms }: { readonly ms: number }) => (
  <time dateTime={new Date(ms).toISOString()}>{format.format(ms)}</time>
);

/** A time between two events: `340 ms`, `2.5 s`, `3 min 20 s`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;
}
