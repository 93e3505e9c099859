import { DataTable } from './data-table.tsx';
import { useLoaded } from './live.ts';
import { Problem } from './problem.tsx';
import { aws } from './request.ts';
import { linkTo, type Route } from './route.ts';
import { TableItems } from './table-items.tsx';
import { TableStream } from './table-stream.tsx';
import type { ViewProps } from './view-props.ts';

/** What DescribeTable tells, as far as it is shown. */
interface TableDescription {
  readonly TableName: string;
  readonly ItemCount?: number;
  readonly KeySchema: readonly { readonly AttributeName: string }[];
  readonly GlobalSecondaryIndexes?: readonly { readonly IndexName: string }[];
  readonly LatestStreamArn?: string;
}

/** The tables, and of one its items and its stream. */
export function TablesView({ route, snapshot }: ViewProps) {
  const { data, error } = useLoaded(describeTables, [], snapshot);
  const table = data?.find(({ TableName }) => TableName === route.id);
  return (
    <>
      <h1>Tables</h1>
      <Problem text={error} />
      <DataTable
        label="Tables"
        rows={data}
        keyOf={({ TableName }) => TableName}
        columns={{
          Name: ({ TableName }) => <TableLink name={TableName} route={route} />,
          Keys: ({ KeySchema }) => KeySchema.map(({ AttributeName }) => AttributeName).join(', '),
          Indexes: ({ GlobalSecondaryIndexes = [] }) =>
            GlobalSecondaryIndexes.map(({ IndexName }) => IndexName).join(', '),
          Items: ({ ItemCount }) => ItemCount,
          Stream: ({ LatestStreamArn }) => (LatestStreamArn ? 'on' : 'off'),
        }}
      />
      {table && (
        <TableItems
          key={table.TableName}
          name={table.TableName}
          keys={table.KeySchema.map(({ AttributeName }) => AttributeName)}
          route={route}
        />
      )}
      {table?.LatestStreamArn && (
        <TableStream key={table.LatestStreamArn} streamArn={table.LatestStreamArn} />
      )}
    </>
  );
}

const TableLink = ({ name, route }: { readonly name: string; readonly route: Route }) => (
  <a href={linkTo('tables', name)} aria-current={name === route.id ? 'true' : undefined}>
    {name}
  </a>
);

async function describeTables(): Promise<readonly TableDescription[]> {
  const { TableNames } = await aws<{ TableNames: readonly string[] }>('dynamodb', 'ListTables');
  const describe = (TableName: string) =>
    aws<{ Table: TableDescription }>('dynamodb', 'DescribeTable', { TableName });
  return (await Promise.all(TableNames.map(describe))).map(({ Table }) => Table);
}
