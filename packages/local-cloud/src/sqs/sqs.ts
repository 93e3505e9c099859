import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Usage } from '../usage/usage.ts';
import { account } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import { jsonCall } from '../wire/json-call.ts';
import { attributesDigest, type MessageAttribute, md5 } from './message-digest.ts';
import { messageMoves } from './message-moves.ts';
import { MessageQueue, type QueueSettings, queueArn } from './message-queue.ts';
import { MessageStore } from './message-store.ts';
import { queueKinds } from './queue.ts';
import { receivedMessage } from './received-message.ts';

/** The embedded SQS: standard queues. */
export interface Sqs {
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
  /** Deploys a queue. With a data folder it still has the messages from before a restart. */
  createQueue(settings: QueueSettings): MessageQueue;
  /** @throws AwsError QueueDoesNotExist. */
  queue(arn: string): MessageQueue;
  stop(): void;
}

/** What SQS works with. */
export interface SqsPorts {
  /** Keeps messages in `<data>/queues.db`. */
  readonly data?: string | undefined;
  /** Factor on delays and visibility timeouts. */
  readonly timeScale: number;
  /** URL of the AWS endpoint, the start of queue URLs. */
  readonly awsUrl: string;
  readonly usage: Pick<Usage, 'message'>;
}

type Operation = (queue: MessageQueue, input: JsonObject) => JsonObject | undefined | Promise<JsonObject>;

const maxBatch = 10;
const maxVisibilitySeconds = 12 * 60 * 60;

/** Opens the message store; queues come with {@link Sqs.kinds}. */
export function createSqs({ data, timeScale, awsUrl, usage }: SqsPorts): Sqs {
  if (data !== undefined) mkdirSync(data, { recursive: true });
  const store = new MessageStore(data === undefined ? undefined : join(data, 'queues.db'));
  const queues = new Map<string, MessageQueue>();
  const stopping = new AbortController();

  function queueOf(arn: string): MessageQueue {
    const queue = queues.get(arn);
    if (!queue) {
      throw new AwsError('QueueDoesNotExist', `The specified queue does not exist: ${arn}`);
    }
    return queue;
  }

  function send(queue: MessageQueue, input: JsonObject): JsonObject {
    const { MessageBody, MessageAttributes = {}, DelaySeconds } = input;
    const body = String(MessageBody ?? '');
    const attributes = JSON.stringify(MessageAttributes);
    if (body === '') {
      throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
    }
    if (Buffer.byteLength(body) + Buffer.byteLength(attributes) - 2 > queue.settings.maxBytes) {
      const message = `One or more parameters are invalid. Reason: Message must be shorter than ${queue.settings.maxBytes} bytes.`;
      throw new AwsError('InvalidParameterValue', message);
    }
    const id = queue.send({ body, attributes, delayMs: milliseconds({ DelaySeconds }, 900) });
    usage.message('queue');
    const digest = attributesDigest(MessageAttributes as Record<string, MessageAttribute>);
    return { MessageId: id, MD5OfMessageBody: md5(body), ...(digest && { MD5OfMessageAttributes: digest }) };
  }

  const remove: Operation = (queue, { ReceiptHandle }) => {
    queue.delete(String(ReceiptHandle));
    return undefined;
  };

  const changeVisibility: Operation = (queue, { ReceiptHandle, VisibilityTimeout }) => {
    const ms = milliseconds({ VisibilityTimeout }, maxVisibilitySeconds) ?? 0;
    if (!queue.hideUntil(String(ReceiptHandle), Date.now() + queue.scaled(ms))) {
      throw new AwsError('MessageNotInflight', 'The message is not in flight');
    }
    return undefined;
  };

  const operations: Readonly<Record<string, Operation>> = {
    SendMessage: send,
    SendMessageBatch: batchOf(send),
    DeleteMessage: remove,
    DeleteMessageBatch: batchOf(remove),
    ChangeMessageVisibility: changeVisibility,
    ChangeMessageVisibilityBatch: batchOf(changeVisibility),
    async ReceiveMessage(queue, input) {
      const { MaxNumberOfMessages = 1, VisibilityTimeout, WaitTimeSeconds } = input;
      const max = Number(MaxNumberOfMessages);
      if (!(max >= 1 && max <= maxBatch)) {
        const message = `MaxNumberOfMessages is ${max}; allowed: 1 to ${maxBatch}`;
        throw new AwsError('InvalidParameterValue', message);
      }
      const visibilityMs = milliseconds({ VisibilityTimeout }, maxVisibilitySeconds);
      const hiddenMs = queue.scaled(visibilityMs ?? queue.settings.visibilityMs);
      const waitMs = milliseconds({ WaitTimeSeconds }, 20) ?? queue.settings.waitMs;
      const messages = await queue.receive(max, waitMs, hiddenMs, stopping.signal);
      const received = messages.map((message) => receivedMessage(message, input));
      return received.length === 0 ? {} : { Messages: received };
    },
    GetQueueAttributes: (queue, { AttributeNames = [] }) => {
      const names = AttributeNames as readonly string[];
      const isAsked = ([name]: [string, string]) => names.includes(name) || names.includes('All');
      return { Attributes: Object.fromEntries(Object.entries(attributesOf(queue)).filter(isAsked)) };
    },
    PurgeQueue: (queue) => {
      queue.purge();
      return undefined;
    },
    GetQueueUrl: (queue) => ({ QueueUrl: urlOf(queue) }),
    ListDeadLetterSourceQueues: ({ arn }) => ({
      queueUrls: [...queues.values()]
        .filter(({ settings }) => settings.redrive?.deadLetterArn === arn)
        .map(urlOf),
    }),
  };

  /** Operations that name no queue, or not by its URL. */
  const otherOperations: Readonly<Record<string, (input: JsonObject) => JsonObject>> = {
    ListQueues({ QueueNamePrefix = '' }) {
      const found = [...queues.values()].filter(({ settings }) =>
        settings.name.startsWith(`${QueueNamePrefix}`),
      );
      return { QueueUrls: found.map(urlOf) };
    },
    ...messageMoves(queues, 1000 * timeScale, stopping.signal),
  };

  const urlOf = (queue: MessageQueue) => `${awsUrl}/${account}/${queue.settings.name}`;

  function createQueue(settings: QueueSettings): MessageQueue {
    const queue = new MessageQueue(settings, store, timeScale, queueOf);
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
      if (['ListQueues', 'CancelMessageMoveTask'].includes(operation))
        return [{ action, resource: queueArn('*') }];
      if (operation !== 'StartMessageMoveTask') return [{ action, resource: arnOf(input) }];
      const onSource = [action, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
      const { SourceArn, DestinationArn } = input;
      return [
        ...onSource.map((each) => ({ action: each, resource: String(SourceArn) })),
        ...(DestinationArn ? [{ action: 'sqs:SendMessage', resource: String(DestinationArn) }] : []),
      ];
    },
    async perform({ operation, input }) {
      const other = otherOperations[operation];
      if (other) return other(input);
      return (await operations[operation]?.(queueOf(arnOf(input)), input)) ?? {};
    },
  };

  return {
    service,
    kinds: queueKinds({ create: createQueue, urlOf }),
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
  if (SourceArn !== undefined) return String(SourceArn);
  return queueArn(String(QueueName ?? String(QueueUrl).split('/').at(-1)));
}

function batchOf(single: Operation): Operation {
  return async (queue, { Entries }) => {
    const entries = (Entries ?? []) as readonly (JsonObject & { readonly Id: string })[];
    const ids = new Set(entries.map(({ Id }) => Id));
    if (entries.length === 0) throw new AwsError('EmptyBatchRequest', 'The batch has no entries');
    if (entries.length > maxBatch) {
      const message = `Maximum number of entries per request are ${maxBatch}`;
      throw new AwsError('TooManyEntriesInBatchRequest', message);
    }
    if (ids.size < entries.length) {
      throw new AwsError('BatchEntryIdsNotDistinct', 'Two entries have the same Id');
    }
    const [Successful, Failed]: [JsonObject[], JsonObject[]] = [[], []];
    for (const entry of entries) {
      const { Id } = entry;
      try {
        Successful.push({ Id, ...(await single(queue, entry)) });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        Failed.push({ Id, Code: error.name, Message: error.message, SenderFault: true });
      }
    }
    return { Successful, ...(Failed.length > 0 && { Failed }) };
  };
}

/** A parameter in seconds as milliseconds, if it is given. */
function milliseconds(parameter: JsonObject, max: number): number | undefined {
  const [[name, value] = []] = Object.entries(parameter);
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= max) return seconds * 1000;
  throw new AwsError('InvalidParameterValue', `${name} is ${value}; allowed: 0 to ${max}`);
}

function attributesOf(queue: MessageQueue): Record<string, string> {
  const { settings, arn } = queue;
  const { visible, inFlight, delayed } = queue.counts();
  const { redrive } = settings;
  return {
    QueueArn: arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(settings.visibilityMs / 1000),
    DelaySeconds: String(settings.delayMs / 1000),
    MessageRetentionPeriod: String(settings.retentionMs / 1000),
    ReceiveMessageWaitTimeSeconds: String(settings.waitMs / 1000),
    MaximumMessageSize: String(settings.maxBytes),
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: redrive.deadLetterArn,
        maxReceiveCount: redrive.maxReceives,
      }),
    }),
  };
}
