import { useState } from 'preact/hooks';
import { DataTable } from './data-table.tsx';
import { type Item, plainItem } from './dynamodb-item.ts';
import { JsonText } from './json-text.tsx';
import { Problem } from './problem.tsx';
import { aws } from './request.ts';

/** What GetRecords tells of a record, as far as it is shown. */
interface StreamRecord {
  readonly eventName: string;
  readonly dynamodb: Readonly<{ SequenceNumber: string; Keys: Item; OldImage?: Item; NewImage?: Item }>;
}

/** Records that are shown. */
const newestCount = 50;

/** The newest records of a stream, when somebody asks for them. */
export function TableStream({ streamArn }: { readonly streamArn: string }) {
  const [records, setRecords] = useState<readonly StreamRecord[]>();
  const [problem, setProblem] = useState<string>();
  const read = () => newestRecords(streamArn).then(setRecords, ({ message }: Error) => setProblem(message));
  return (
    <>
      <h2>Stream</h2>
      <p>
        <button type="button" onClick={read}>
          Read the newest records
        </button>
      </p>
      <Problem text={problem} />
      {records && (
        <DataTable
          label="Stream records"
          rows={records}
          keyOf={({ dynamodb }) => dynamodb.SequenceNumber}
          columns={{
            Event: ({ eventName }) => eventName,
            Keys: ({ dynamodb }) => Object.values(plainItem(dynamodb.Keys)).join(', '),
            Record: ({ dynamodb: { OldImage, NewImage } }) => (
              <details>
                <summary>Images</summary>
                <JsonText title="Old image" text={OldImage && JSON.stringify(plainItem(OldImage))} />
                <JsonText title="New image" text={NewImage && JSON.stringify(plainItem(NewImage))} />
              </details>
            ),
          }}
        />
      )}
    </>
  );
}

/** Reads a stream to its end. @returns its newest records, the newest first */
async function newestRecords(StreamArn: string): Promise<readonly StreamRecord[]> {
  type Described = { StreamDescription: { Shards: readonly { ShardId: string }[] } };
  type Page = { Records: readonly StreamRecord[]; NextShardIterator?: string };
  const { StreamDescription } = await aws<Described>('dynamodb', 'DescribeStream', { StreamArn });
  const all: StreamRecord[] = [];
  for (const { ShardId } of StreamDescription.Shards) {
    const from = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
    let { ShardIterator } = await aws<{ ShardIterator?: string }>('dynamodb', 'GetShardIterator', from);
    while (ShardIterator) {
      const page = await aws<Page>('dynamodb', 'GetRecords', { ShardIterator });
      all.push(...page.Records);
      ShardIterator = page.Records.length > 0 ? page.NextShardIterator : undefined;
    }
  }
  return all.slice(-newestCount).reverse();
}
