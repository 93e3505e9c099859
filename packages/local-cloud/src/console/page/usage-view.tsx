import { DataTable } from './data-table.tsx';
import { request } from './request.ts';
import { Time } from './time.tsx';
import type { ViewProps } from './view-props.ts';

type Counter = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What AWS would bill since the last reset. */
export function UsageView({ snapshot: { usage } }: ViewProps) {
  const { since, price, totalUsd, calls, functions, units, transitions } = usage;
  return (
    <>
      <div class="title">
        <h1>Usage and price</h1>
        <div class="actions">
          <button type="button" onClick={() => request('usage', { method: 'DELETE' })}>
            Reset
          </button>
        </div>
      </div>
      <p class="note">
        Since <Time ms={Date.parse(since)} />: <strong>{dollars(totalUsd)}</strong>
      </p>
      <DataTable
        label="Price"
        rows={price}
        keyOf={({ item }) => item}
        columns={{
          Item: ({ item }) => item,
          Quantity: ({ quantity }) => count(quantity),
          'A unit': ({ usdPerUnit }) => dollars(usdPerUnit),
          Price: ({ usd }) => dollars(usd),
        }}
      />
      <Counts title="Functions" head="Function" counter={functions} />
      <Counts title="Units of tables" head="Table" counter={units} />
      <Counts title="Calls" head="Service" counter={calls} />
      <Counts title="State transitions" head="State machine" counter={transitions} />
    </>
  );
}

function Counts({
  title,
  head,
  counter,
}: {
  readonly title: string;
  readonly head: string;
  readonly counter: Counter;
}) {
  const rows = Object.entries(counter).flatMap(([outer, inner]) =>
    Object.entries(inner).map(([name, times]) => ({ outer, name, times })),
  );
  return (
    <>
      <h2>{title}</h2>
      <DataTable
        label={title}
        rows={rows}
        keyOf={({ outer, name }) => `${outer}/${name}`}
        columns={{ [head]: ({ outer }) => outer, Of: ({ name }) => name, Count: ({ times }) => count(times) }}
      />
    </>
  );
}

const count = (value: number): string => value.toLocaleString(undefined, { maximumFractionDigits: 3 });
const dollars = (usd: number): string => `$${usd.toLocaleString(undefined, { maximumSignificantDigits: 4 })}`;
