import { useState } from 'preact/hooks';
import { DataTable } from './data-table.tsx';
import { detailsOf, type ExecutionPath, type HistoryEvent } from './execution-path.ts';
import { JsonText } from './json-text.tsx';
import { durationText, Time } from './time.tsx';

/** Events that are drawn at once. */
const pageSize = 200;

/** The events of an execution, or of one of its states, each with its details. */
export function EventHistory({
  events,
  path,
  selected,
}: {
  readonly events: readonly HistoryEvent[];
  readonly path: ExecutionPath;
  readonly selected: string | undefined;
}) {
  const [shown, setShown] = useState(pageSize);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const start = events[0]?.timestamp ?? 0;
  const wanted = events.filter(({ id }) => selected === undefined || path.stateOf.get(id) === selected);
  const toggle = (id: number) => setOpened(opened.symmetricDifference(new Set([id])));

  return (
    <>
      <DataTable
        label="Events"
        rows={wanted.slice(0, shown)}
        keyOf={({ id }) => id}
        isFailed={(event) => detailsOf(event).error !== undefined}
        detail={(event) => opened.has(event.id) && <Details event={event} />}
        columns={{
          ID: ({ id }) => id,
          Type: ({ id, type }) => (
            <button type="button" class="link" aria-expanded={opened.has(id)} onClick={() => toggle(id)}>
              {type}
            </button>
          ),
          State: ({ id }) => path.stateOf.get(id),
          Error: (event) => detailsOf(event).error,
          After: ({ timestamp }) => durationText((timestamp - start) * 1000),
          Time: ({ timestamp }) => <Time ms={timestamp * 1000} />,
        }}
      />
      {wanted.length > shown && (
        <button type="button" onClick={() => setShown(shown + pageSize)}>
          Show more of {wanted.length} events
        </button>
      )}
    </>
  );
}

function Details({ event }: { readonly event: HistoryEvent }) {
  const { input, output, parameters, cause, ...others } = detailsOf(event);
  return (
    <>
      <JsonText title="Parameters" text={parameters} />
      <JsonText title="Input" text={input} />
      <JsonText title="Output" text={output} />
      <JsonText title="Cause" text={cause} />
      <JsonText title="Details" text={JSON.stringify(others)} />
    </>
  );
}
