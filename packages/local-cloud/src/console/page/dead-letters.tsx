import { useState } from 'preact/hooks';
import { DataTable } from './data-table.tsx';
import { JsonText } from './json-text.tsx';
import { aws } from './request.ts';

/** What ReceiveMessage tells of one. */
interface Message {
  readonly MessageId: string;
  readonly Body: string;
  readonly Attributes?: { readonly ApproximateReceiveCount?: string };
}

/** A dead-letter queue: its messages, and their way back to the queues that gave them up. */
export function DeadLetters({
  name,
  url,
  arn,
  sources,
  count,
}: {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly sources: readonly string[];
  readonly count: number;
}) {
  const [messages, setMessages] = useState<readonly Message[]>();
  const [notice, setNotice] = useState<string>();

  /** They stay visible: nobody else has to wait for them. */
  async function poll() {
    const input = { QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 0, AttributeNames: ['All'] };
    const { Messages = [] } = await aws<{ Messages?: readonly Message[] }>('sqs', 'ReceiveMessage', input);
    setMessages(Messages);
  }

  async function redrive() {
    await aws('sqs', 'StartMessageMoveTask', { SourceArn: arn });
    setMessages(undefined);
    setNotice(`${count} messages go back to ${sources.join(', ')}.`);
  }

  const attempt = (action: () => Promise<void>) => action().catch(({ message }: Error) => setNotice(message));
  return (
    <>
      <h2>{name}</h2>
      <p class="note">
        Dead letters of {sources.join(', ')}: {count}
      </p>
      <div class="actions">
        <button type="button" onClick={() => attempt(poll)}>
          Poll {name} for messages
        </button>
        <button type="button" disabled={count === 0} onClick={() => attempt(redrive)}>
          Start DLQ redrive of {name}
        </button>
      </div>
      <p role="status">{notice}</p>
      {messages && (
        <DataTable
          label={`Messages of ${name}`}
          rows={messages}
          keyOf={({ MessageId }) => MessageId}
          columns={{
            ID: ({ MessageId }) => MessageId,
            'Receive count': ({ Attributes }) => Attributes?.ApproximateReceiveCount,
            Body: ({ Body }) => <JsonText text={Body} />,
          }}
        />
      )}
    </>
  );
}
