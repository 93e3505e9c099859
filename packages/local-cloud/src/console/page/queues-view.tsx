import { DataTable } from './data-table.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { useLoaded } from './live.ts';
import { Problem } from './problem.tsx';
import { aws } from './request.ts';
import type { ViewProps } from './view-props.ts';

/** A queue with its attributes, and the queues whose dead letters it takes. */
interface Queue {
  readonly name: string;
  readonly url: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sources: readonly string[];
}

/** Queues with their counts; of dead-letter queues also the messages, and redrive. */
export function QueuesView({ snapshot }: ViewProps) {
  const { data, error } = useLoaded(describeQueues, [], snapshot);
  const deadLetterQueues = data?.filter(({ sources }) => sources.length > 0) ?? [];
  return (
    <>
      <h1>Queues</h1>
      <Problem text={error} />
      <DataTable
        label="Queues"
        rows={data}
        keyOf={({ url }) => url}
        isFailed={({ sources, attributes }) =>
          sources.length > 0 && attributes.ApproximateNumberOfMessages !== '0'
        }
        columns={{
          Name: ({ name }) => name,
          'Messages available': ({ attributes }) => attributes.ApproximateNumberOfMessages,
          'Messages in flight': ({ attributes }) => attributes.ApproximateNumberOfMessagesNotVisible,
          'Messages delayed': ({ attributes }) => attributes.ApproximateNumberOfMessagesDelayed,
          'Dead-letter queue': ({ attributes }) => deadLetterQueueOf(attributes.RedrivePolicy),
        }}
      />
      {deadLetterQueues.map(({ url, attributes, ...queue }) => (
        <DeadLetters
          key={url}
          {...queue}
          url={url}
          arn={attributes.QueueArn ?? ''}
          count={Number(attributes.ApproximateNumberOfMessages)}
        />
      ))}
    </>
  );
}

async function describeQueues(): Promise<readonly Queue[]> {
  const { QueueUrls = [] } = await aws<{ QueueUrls?: readonly string[] }>('sqs', 'ListQueues');
  const describe = async (url: string): Promise<Queue> => {
    const about = { QueueUrl: url, AttributeNames: ['All'] };
    const [{ Attributes: attributes }, { queueUrls }] = await Promise.all([
      aws<{ Attributes: Queue['attributes'] }>('sqs', 'GetQueueAttributes', about),
      aws<{ queueUrls: readonly string[] }>('sqs', 'ListDeadLetterSourceQueues', { QueueUrl: url }),
    ]);
    return { name: nameOf(url), url, attributes, sources: queueUrls.map(nameOf) };
  };
  return Promise.all(QueueUrls.map(describe));
}

const nameOf = (url: string): string => url.split('/').at(-1) ?? url;

function deadLetterQueueOf(redrivePolicy: string | undefined): string {
  if (redrivePolicy === undefined) return '';
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(redrivePolicy);
  return `${deadLetterTargetArn.split(':').at(-1)} after ${maxReceiveCount} receives`;
}
