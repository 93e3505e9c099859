import { type ComponentChildren, Fragment } from 'preact';

/** What a table shows: cells by the heads of their columns, of rows that are there. */
interface DataTableProps<Row> {
  readonly label: string;
  /** Undefined while they load. */
  readonly rows: readonly Row[] | undefined;
  readonly columns: Readonly<Record<string, (row: Row) => ComponentChildren>>;
  keyOf(row: Row): string | number;
  /** What follows below a row. */
  readonly detail?: (row: Row) => ComponentChildren;
  readonly isFailed?: (row: Row) => boolean;
}

/** A table that scrolls within itself on a narrow screen. */
export function DataTable<Row>({ label, rows, columns, keyOf, detail, isFailed }: DataTableProps<Row>) {
  const heads = Object.keys(columns);
  const whole = (content: ComponentChildren) =>
    content && (
      <tr>
        <td colSpan={heads.length}>{content}</td>
      </tr>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users scroll what has the focus
    <section class="table" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows?.map((row) => (
            <Fragment key={keyOf(row)}>
              <tr class={isFailed?.(row) ? 'failed' : undefined}>
                {heads.map((head) => (
                  <td key={head}>{columns[head]?.(row)}</td>
                ))}
              </tr>
              {whole(detail?.(row))}
            </Fragment>
          ))}
          {whole(rows ? rows.length === 0 && 'None' : 'Loading …')}
        </tbody>
      </table>
    </section>
  );
}
