import { useEffect, useState } from 'preact/hooks';

/**
 * Pages that are found by where they start.
 * @param filter With another one it is the first page again.
 */
export function usePages<Start>(filter: string) {
  const [{ starts, of }, set] = useState<{ starts: readonly Start[]; of: string }>({
    starts: [],
    of: filter,
  });
  useEffect(() => set({ starts: [], of: filter }), [filter]);
  const current = of === filter ? starts : [];
  return {
    number: current.length + 1,
    start: current.at(-1),
    back: () => set({ starts: current.slice(0, -1), of: filter }),
    forth: (next: Start) => set({ starts: [...current, next], of: filter }),
  };
}

/** Buttons to turn pages; `next` is where the next one starts, if there is one. */
export function Pager<Start>({
  pages,
  next,
}: {
  readonly pages: ReturnType<typeof usePages<Start>>;
  readonly next: Start | undefined;
}) {
  return (
    <div class="actions">
      <button type="button" disabled={pages.number === 1} onClick={pages.back}>
        Previous page
      </button>
      <span>Page {pages.number}</span>
      <button
        type="button"
        disabled={next === undefined}
        onClick={() => next !== undefined && pages.forth(next)}
      >
        Next page
      </button>
    </div>
  );
}
