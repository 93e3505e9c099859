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
import { MessageStore, type StoredMessage } from './message-store.ts';
import { queueKinds } from './queue.ts';

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
const maxVisibilityMs = 12 * 60 * 60 * 1000;

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
    const body = String(input.MessageBody ?? '');
    const attributes = (input.MessageAttributes ?? {}) as Record<string, MessageAttribute>;
    const bytes = Buffer.byteLength(body) + Buffer.byteLength(JSON.stringify(attributes)) - 2;
    if (body === '')
      throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
    if (bytes > queue.settings.maxBytes) {
      throw new AwsError(
        'InvalidParameterValue',
        `One or more parameters are invalid. Reason: Message must be shorter than ${queue.settings.maxBytes} bytes.`,
      );
    }
    const id = queue.send({
      body,
      attributes: JSON.stringify(attributes),
      delayMs: input.DelaySeconds === undefined ? undefined : seconds(input, 'DelaySeconds', 900),
    });
    usage.message('queue');
    const digest = attributesDigest(attributes);
    return { MessageId: id, MD5OfMessageBody: md5(body), ...(digest && { MD5OfMessageAttributes: digest }) };
  }

  const remove: Operation = (queue, input) => {
    queue.delete(String(input.ReceiptHandle));
    return undefined;
  };

  const changeVisibility: Operation = (queue, input) => {
    const ms = seconds(input, 'VisibilityTimeout', maxVisibilityMs / 1000);
    if (!queue.hideUntil(String(input.ReceiptHandle), Date.now() + queue.scaled(ms))) {
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
      const max = Number(input.MaxNumberOfMessages ?? 1);
      if (!(max >= 1 && max <= maxBatch)) {
        throw new AwsError(
          'InvalidParameterValue',
          `MaxNumberOfMessages is ${max}; allowed: 1 to ${maxBatch}`,
        );
      }
      const hiddenMs =
        input.VisibilityTimeout === undefined
          ? queue.scaledVisibilityMs
          : queue.scaled(seconds(input, 'VisibilityTimeout', maxVisibilityMs / 1000));
      const waitMs =
        input.WaitTimeSeconds === undefined ? queue.settings.waitMs : seconds(input, 'WaitTimeSeconds', 20);
      const messages = await queue.receive(max, waitMs, hiddenMs, stopping.signal);
      return messages.length === 0 ? {} : { Messages: messages.map((message) => received(message, input)) };
    },
    GetQueueAttributes: (queue, input) => {
      const all = attributesOf(queue);
      const names = ((input.AttributeNames ?? []) as string[]).flatMap((name) =>
        name === 'All' ? Object.keys(all) : [name],
      );
      return { Attributes: Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name))) };
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
    const entries = (Entries ?? []) as JsonObject[];
    const ids = new Set(entries.map(({ Id }) => Id));
    if (entries.length === 0) throw new AwsError('EmptyBatchRequest', 'The batch has no entries');
    if (entries.length > maxBatch) {
      throw new AwsError(
        'TooManyEntriesInBatchRequest',
        `Maximum number of entries per request are ${maxBatch}`,
      );
    }
    if (ids.size < entries.length)
      throw new AwsError('BatchEntryIdsNotDistinct', 'Two entries have the same Id');
    const [Successful, Failed]: [JsonObject[], JsonObject[]] = [[], []];
    for (const entry of entries) {
      try {
        Successful.push({ Id: entry.Id, ...(await single(queue, entry)) });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        Failed.push({ Id: entry.Id, Code: error.name, Message: error.message, SenderFault: true });
      }
    }
    return { Successful, ...(Failed.length > 0 && { Failed }) };
  };
}

function seconds(input: JsonObject, name: string, max: number): number {
  const value = Number(input[name]);
  if (!(Number.isInteger(value) && value >= 0 && value <= max)) {
    throw new AwsError('InvalidParameterValue', `${name} is ${input[name]}; allowed: 0 to ${max}`);
  }
  return value * 1000;
}

/** System attributes of a received message, by their names in SQS. */
export function systemAttributes(message: StoredMessage): Record<string, string> {
  return {
    ApproximateReceiveCount: String(message.receives),
    SentTimestamp: String(message.sent),
    SenderId: message.sender,
    ApproximateFirstReceiveTimestamp: String(message.firstReceived),
    ...(message.source !== null && { DeadLetterQueueSourceArn: message.source }),
  };
}

function received(message: StoredMessage, input: JsonObject): JsonObject {
  const system = chosen(
    systemAttributes(message),
    [input.MessageSystemAttributeNames, input.AttributeNames].flat(),
  );
  const own = chosen(JSON.parse(message.attributes), [input.MessageAttributeNames].flat());
  const digest = attributesDigest(own as Record<string, MessageAttribute>);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(Object.keys(system).length > 0 && { Attributes: system }),
    ...(digest && { MessageAttributes: own, MD5OfMessageAttributes: digest }),
  };
}

function chosen(all: Record<string, unknown>, names: readonly unknown[]): Record<string, unknown> {
  const isChosen = (attribute: string) =>
    names.some((name) => {
      if (name === 'All' || name === '.*' || name === attribute) return true;
      return typeof name === 'string' && name.endsWith('.*') && attribute.startsWith(name.slice(0, -2));
    });
  return Object.fromEntries(Object.entries(all).filter(([name]) => isChosen(name)));
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
