import { join } from 'node:path';
import type { Usage } from '../usage/usage.ts';
import { account } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import { jsonCall } from '../wire/json-call.ts';
import { integerParameter } from './integer-parameter.ts';
import { attributesDigest, type MessageAttribute, md5 } from './message-digest.ts';
import { messageMoves } from './message-moves.ts';
import { createMessageQueue, type MessageQueue, type QueueSettings, queueArn } from './message-queue.ts';
import { openMessageStore } from './message-store.ts';
import { queueKind, queuePolicyKind } from './queue.ts';
import { chosen, receivedMessage } from './received-message.ts';

/** The embedded SQS: standard queues. */
export type Sqs = ReturnType<typeof createSqs>;

interface SqsPorts {
  /** Keeps messages in `<data>/queues.db`. */
  readonly data?: string | undefined;
  /** Factor on delays and visibility timeouts. */
  readonly timeScale: number;
  /** URL of the AWS endpoint, the start of queue URLs. */
  readonly awsUrl: string;
  readonly usage: Pick<Usage, 'message'>;
}

type Operation = (queue: MessageQueue, input: JsonObject) => unknown;

const maxBatch = 10;
const maxVisibilitySeconds = 12 * 60 * 60;

/** Opens the message store; queues come with the kinds. */
export function createSqs({ data, timeScale, awsUrl, usage }: SqsPorts) {
  const store = openMessageStore(data === undefined ? '' : join(data, 'queues.db'));
  const queues = new Map<string, MessageQueue>();
  const stopping = new AbortController();

  /** @throws AwsError QueueDoesNotExist. */
  function queueOf(arn: string): MessageQueue {
    const queue = queues.get(arn);
    if (!queue) throw new AwsError('QueueDoesNotExist', `The specified queue does not exist: ${arn}`);
    return queue;
  }

  const urlOf = (queue: MessageQueue) => `${awsUrl}/${account}/${queue.settings.name}`;
  const urlsWhere = (isWanted: (settings: QueueSettings) => boolean) =>
    [...queues.values()].filter(({ settings }) => isWanted(settings)).map(urlOf);

  const send: Operation = (queue, input) => {
    const { MessageBody = '', MessageAttributes = {}, DelaySeconds, MessageGroupId } = input;
    const { maxBytes, delayMs } = queue.settings;
    checkGroup(MessageGroupId);
    const [body, attributes] = [String(MessageBody), JSON.stringify(MessageAttributes)];
    if (body === '' || Buffer.byteLength(body) + Buffer.byteLength(attributes) - 2 > maxBytes) {
      const reason = `Message must have at least one byte and be shorter than ${maxBytes} bytes.`;
      throw new AwsError('InvalidParameterValue', `One or more parameters are invalid. Reason: ${reason}`);
    }
    const delay = integerParameter({ DelaySeconds }, 0, 900, delayMs / 1000) * 1000;
    const MessageId = queue.send({ body, attributes, delayMs: delay });
    usage.message('queue');
    const MD5OfMessageAttributes = attributesDigest(MessageAttributes as Record<string, MessageAttribute>);
    return { MessageId, MD5OfMessageBody: md5(body), MD5OfMessageAttributes };
  };

  const remove: Operation = (queue, { ReceiptHandle }) => queue.delete(String(ReceiptHandle));

  const changeVisibility: Operation = (queue, { ReceiptHandle, VisibilityTimeout }) => {
    const ms = queue.scaled(integerParameter({ VisibilityTimeout }, 0, maxVisibilitySeconds) * 1000);
    if (!queue.hideUntil(String(ReceiptHandle), Date.now() + ms))
      throw new AwsError('MessageNotInflight', 'The message is not in flight');
  };

  const operations: Readonly<Record<string, Operation>> = {
    SendMessage: send,
    SendMessageBatch: batchOf(send),
    DeleteMessage: remove,
    DeleteMessageBatch: batchOf(remove),
    ChangeMessageVisibility: changeVisibility,
    ChangeMessageVisibilityBatch: batchOf(changeVisibility),
    async ReceiveMessage(queue, input) {
      const { MaxNumberOfMessages, VisibilityTimeout, WaitTimeSeconds } = input;
      const { visibilityMs, waitMs } = queue.settings;
      const max = integerParameter({ MaxNumberOfMessages }, 1, maxBatch, 1);
      const hidden = integerParameter({ VisibilityTimeout }, 0, maxVisibilitySeconds, visibilityMs / 1000);
      const wait = integerParameter({ WaitTimeSeconds }, 0, 20, waitMs / 1000);
      const messages = await queue.receive(max, wait * 1000, queue.scaled(hidden * 1000), stopping.signal);
      return messages.length > 0 && { Messages: messages.map((message) => receivedMessage(message, input)) };
    },
    GetQueueAttributes: (queue, { AttributeNames: names }) => ({ Attributes: attributesOf(queue, names) }),
    GetQueueUrl: (queue) => ({ QueueUrl: urlOf(queue) }),
    ListDeadLetterSourceQueues: ({ arn }) => ({
      queueUrls: urlsWhere(({ redrive }) => redrive?.deadLetterArn === arn),
    }),
    PurgeQueue: (queue) => queue.purge(),
  };

  /** Operations that name no queue, or not by its URL. */
  const otherOperations: Readonly<Record<string, (input: JsonObject) => JsonObject>> = {
    ListQueues: ({ QueueNamePrefix = '' }) => ({
      QueueUrls: urlsWhere(({ name }) => name.startsWith(String(QueueNamePrefix))),
    }),
    ...messageMoves(queues, 1000 * timeScale, stopping.signal),
  };

  /** Deploys a queue. With a data folder it still has the messages from before a restart. */
  function createQueue(settings: QueueSettings): MessageQueue {
    const queue = createMessageQueue(settings, { ...store, timeScale, deadLetters: queueOf });
    if (queues.has(queue.arn)) throw new Error(`There are two queues named ${settings.name}`);
    queues.set(queue.arn, queue);
    return queue;
  }

  const service: AwsService = {
    name: 'sqs',
    read: (request) => jsonCall(request, { AmazonSQS: Object.keys({ ...operations, ...otherOperations }) }),
    permissions({ operation, input }) {
      // A batch needs the permission of its single operation.
      const action = `sqs:${operation.replace(/Batch$/, '')}`;
      const isOfNoQueue = ['ListQueues', 'CancelMessageMoveTask'].includes(operation);
      const resource = isOfNoQueue ? queueArn('*') : arnOf(input);
      if (operation !== 'StartMessageMoveTask') return [{ action, resource }];
      const onSource = [action, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
      const { DestinationArn: to } = input;
      const toSend = to === undefined ? [] : [{ action: 'sqs:SendMessage', resource: String(to) }];
      return [...onSource.map((each) => ({ action: each, resource })), ...toSend];
    },
    async perform({ operation, input }) {
      const other = otherOperations[operation]?.(input);
      return other ?? (((await operations[operation]?.(queueOf(arnOf(input)), input)) || {}) as JsonObject);
    },
  };

  return {
    service,
    kinds: [queueKind(createQueue, urlOf), queuePolicyKind],
    createQueue,
    queue: queueOf,
    stop() {
      stopping.abort();
      store.close();
    },
  };
}

/** A queue is known by the end of its URL: ports may change between restarts. */
function arnOf({ QueueUrl, QueueName, SourceArn }: JsonObject): string {
  return String(SourceArn ?? queueArn(String(QueueName ?? String(QueueUrl).split('/').at(-1))));
}

/** A standard queue is fair to the groups of its messages; here all of them wait in one line. */
function checkGroup(id: unknown): void {
  if (id === undefined || /^[\x21-\x7e]{1,128}$/.test(String(id))) return;
  const reason =
    'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.';
  throw new AwsError(
    'InvalidParameterValue',
    `Value ${id} for parameter MessageGroupId is invalid. Reason: ${reason}`,
  );
}

function batchOf(single: Operation): Operation {
  return async (queue, { Entries = [] }) => {
    const entries = Entries as readonly (JsonObject & { readonly Id: string })[];
    if (entries.length === 0 || entries.length > maxBatch) {
      const code = entries.length === 0 ? 'EmptyBatchRequest' : 'TooManyEntriesInBatchRequest';
      throw new AwsError(code, `The batch has ${entries.length} entries; allowed: 1 to ${maxBatch}`);
    }
    if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
      throw new AwsError('BatchEntryIdsNotDistinct', 'Two entries have the same Id');
    const [Successful, Failed]: [JsonObject[], JsonObject[]] = [[], []];
    for (const { Id, ...entry } of entries) {
      try {
        Successful.push({ Id, ...((await single(queue, entry)) as JsonObject | undefined) });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        Failed.push({ Id, Code: error.name, Message: error.message, SenderFault: true });
      }
    }
    return { Successful, ...(Failed.length > 0 && { Failed }) };
  };
}

function attributesOf({ arn, settings, counts }: MessageQueue, names: unknown) {
  const { visible, inFlight, delayed } = counts();
  const { visibilityMs, delayMs, retentionMs, waitMs, maxBytes, redrive } = settings;
  const all = {
    QueueArn: arn,
    ApproximateNumberOfMessages: `${visible}`,
    ApproximateNumberOfMessagesNotVisible: `${inFlight}`,
    ApproximateNumberOfMessagesDelayed: `${delayed}`,
    VisibilityTimeout: `${visibilityMs / 1000}`,
    DelaySeconds: `${delayMs / 1000}`,
    MessageRetentionPeriod: `${retentionMs / 1000}`,
    ReceiveMessageWaitTimeSeconds: `${waitMs / 1000}`,
    MaximumMessageSize: `${maxBytes}`,
  };
  if (!redrive) return chosen(all, [names]);
  const policy = { deadLetterTargetArn: redrive.deadLetterArn, maxReceiveCount: redrive.maxReceives };
  return chosen({ ...all, RedrivePolicy: JSON.stringify(policy) }, [names]);
}
