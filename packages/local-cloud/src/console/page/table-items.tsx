import { DataTable } from './data-table.tsx';
import { type Item, plainItem } from './dynamodb-item.ts';
import { JsonText } from './json-text.tsx';
import { useLoaded } from './live.ts';
import { Pager, usePages } from './pager.tsx';
import { Problem } from './problem.tsx';
import { aws } from './request.ts';
import { type Route, replaceQuery } from './route.ts';
import { SearchField } from './search-field.tsx';

/** What Scan answers. */
interface Page {
  readonly Items: readonly Item[];
  readonly LastEvaluatedKey?: Item;
}

const itemsPerPage = 50;
const itemsPerSearch = 1000;

/** The items of a table, page by page. They are scanned when somebody asks, because that reads units. */
export function TableItems({
  name,
  keys,
  route,
}: {
  readonly name: string;
  readonly keys: readonly string[];
  readonly route: Route;
}) {
  const { search = '' } = route.query;
  const pages = usePages<Item>(search);
  const { data, error, reload } = useLoaded(
    () => scan(name, search, pages.start),
    [name, search, pages.start],
  );
  const ofKeys = keys.map((key) => [key, (item: Item) => String(plainItem(item)[key])] as const);
  return (
    <>
      <h2>Items of {name}</h2>
      <div class="filters">
        <SearchField
          label="Items with a text"
          value={search}
          onSearch={(text) => replaceQuery(route, { search: text })}
        />
        <button type="button" onClick={reload}>
          Scan again
        </button>
      </div>
      <p class="note">A scan reads units, which count as used.</p>
      <Problem text={error} />
      <DataTable
        label="Items"
        rows={data?.Items}
        keyOf={(item) => JSON.stringify(keys.map((key) => item[key]))}
        columns={{
          ...Object.fromEntries(ofKeys),
          Item: (item) => <ItemText text={JSON.stringify(plainItem(item))} />,
        }}
      />
      <Pager pages={pages} next={data?.LastEvaluatedKey} />
    </>
  );
}

const ItemText = ({ text }: { readonly text: string }) => (
  <details>
    <summary>{text.length > 120 ? `${text.slice(0, 120)}…` : text}</summary>
    <JsonText text={text} />
  </details>
);

/** A page of items; with a text, those of the next pages that have it, until there are enough. */
async function scan(TableName: string, search: string, from?: Item): Promise<Page> {
  const text = search.trim().toLowerCase();
  const Limit = text === '' ? itemsPerPage : itemsPerSearch;
  const Items: Item[] = [];
  let start = from;
  do {
    const input = { TableName, Limit, ...(start && { ExclusiveStartKey: start }) };
    const page = await aws<Page>('dynamodb', 'Scan', input);
    Items.push(...page.Items.filter((item) => JSON.stringify(plainItem(item)).toLowerCase().includes(text)));
    start = page.LastEvaluatedKey;
  } while (start && Items.length < itemsPerPage);
  return { Items, ...(start && { LastEvaluatedKey: start }) };
}
