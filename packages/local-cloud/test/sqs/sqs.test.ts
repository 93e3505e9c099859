import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Created, Resource } from '../../src/cloudformation/resource-kind.ts';
import { eventSourceMapping } from '../../src/event-sources/event-source-mapping-kind.ts';
import { createSqs, type Sqs } from '../../src/sqs/sqs.ts';
import { credentials, openAwsEndpoint } from '../support/aws-endpoint.ts';
import { arnOf, FakeFunctions } from '../support/fake-functions.ts';
import { until } from '../support/until.ts';

describe('SQS', () => {
  let aws: Awaited<ReturnType<typeof openAwsEndpoint>>;
  let sqs: Sqs;
  let timeScale: number;
  let client: SQSClient;
  let mappings: Created[];
  let folder: string;

  async function start(options: { data?: string; timeScale?: number } = {}): Promise<void> {
    aws = await openAwsEndpoint();
    timeScale = options.timeScale ?? 1;
    sqs = createSqs({ ...options, timeScale, awsUrl: aws.url, usage: aws.usage });
    aws.add(sqs.service);
    client = new SQSClient({ endpoint: aws.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  }
  async function stop(): Promise<void> {
    for (const created of mappings.splice(0)) await created.stop?.();
    await aws.stop();
    sqs.stop();
  }
  beforeEach(async () => {
    mappings = [];
    folder = mkdtempSync(join(tmpdir(), 'sqs-'));
    await start();
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function queue(properties = {}, logicalId = 'Work'): { url: string; arn: string } {
    const resource = { logicalId, type: '', path: logicalId, assembly: '', properties } as Resource;
    const created = sqs.kinds[0]?.create(resource) as Created;
    const { Arn: arn = '' } = created.attributes ?? {};
    return { url: created.ref, arn };
  }
  const send = (QueueUrl: string, MessageBody: string, more = {}) =>
    client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
  const receive = async (QueueUrl: string, more = {}) =>
    (await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more }))).Messages ??
    [];

  it('sends, receives with attributes, and deletes', async () => {
    const { url } = queue();
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'order' } };

    const sent = await send(url, 'hello', { MessageAttributes });
    const [message] = await receive(url, {
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle }));

    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: 'hello',
      MessageAttributes,
      Attributes: {
        ApproximateReceiveCount: '1',
        SenderId: '000000000000',
        SentTimestamp: expect.any(String),
      },
    });
    // From an independent program of the documented algorithm.
    expect(sent.MD5OfMessageAttributes).toBe('8cc3ab13200b21b0d17b28c4d98ec74a');
    expect(message?.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
    expect(aws.usage.report()).toMatchObject({ messages: { queue: 1 } });
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      QueueArn: 'arn:aws:sqs:us-east-1:000000000000:Work',
    });
  });

  it('hides a received message for its visibility timeout', async () => {
    const { url } = queue({ VisibilityTimeout: 1 });
    await send(url, 'x');
    const [first] = await receive(url);

    expect(await receive(url)).toEqual([]);
    const [again] = await receive(url, { WaitTimeSeconds: 3, MessageSystemAttributeNames: ['All'] });

    expect(again?.Attributes?.ApproximateReceiveCount).toBe('2');
    expect(again?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
  });

  it('changes the visibility of a message in flight', async () => {
    const { url } = queue();
    await send(url, 'x');
    const [message] = await receive(url);

    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: message?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );

    expect(await receive(url)).toHaveLength(1);
  });

  it('waits for a message when asked to', async () => {
    const { url } = queue();

    const waiting = receive(url, { WaitTimeSeconds: 20 });
    await send(url, 'late');

    expect(await waiting).toMatchObject([{ Body: 'late' }]);
  });

  it('holds back a delayed message, in scaled time', async () => {
    await stop();
    await start({ timeScale: 0.01 });
    const { url } = queue({ DelaySeconds: 30 });
    const begun = Date.now();

    await send(url, 'x');
    expect(await receive(url)).toEqual([]);
    const messages = await receive(url, { WaitTimeSeconds: 20 });

    expect(messages).toMatchObject([{ Body: 'x' }]);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(290);
  });

  it('takes and deletes batches', async () => {
    const { url } = queue();
    const Entries = ['a', 'b', 'c'].map((Id) => ({ Id, MessageBody: Id }));

    const sent = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    const messages = await receive(url);
    const deleted = await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle })),
      }),
    );

    expect(sent.Successful).toHaveLength(3);
    expect(messages.map(({ Body }) => Body)).toEqual(['a', 'b', 'c']);
    expect(deleted.Successful).toHaveLength(3);
    await expect(
      client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: [...Entries, ...Entries] })),
    ).rejects.toThrow('same Id');
  });

  it('takes the group of a message, in the characters that AWS takes', async () => {
    const { url } = queue();

    await send(url, 'x', { MessageGroupId: 'tenant|1' });

    expect(await receive(url)).toMatchObject([{ Body: 'x' }]);
    await expect(send(url, 'x', { MessageGroupId: 'tenant 1' })).rejects.toThrow('MessageGroupId');
    await expect(send(url, 'x', { MessageGroupId: 'x'.repeat(129) })).rejects.toThrow('MessageGroupId');
  });

  it('moves a message to its dead-letter queue when it was received too often', async () => {
    const dead = queue({}, 'Dead');
    const { url } = queue({
      VisibilityTimeout: 0,
      RedrivePolicy: { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 },
    });
    await send(url, 'poison');

    expect(await receive(url, { WaitTimeSeconds: 5 })).toHaveLength(1);
    expect(await receive(url, { WaitTimeSeconds: 5 })).toHaveLength(1);

    await until(async () => (await receive(url)).length === 0 && (await receive(dead.url)).length === 1);
  });

  it('finds queues by name and purges them', async () => {
    const { url } = queue();
    await send(url, 'x');

    const found = await client.send(new GetQueueUrlCommand({ QueueName: 'Work' }));
    const all = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'Wo' }));
    await client.send(new PurgeQueueCommand({ QueueUrl: url }));

    expect(found.QueueUrl).toBe(url);
    expect(all.QueueUrls).toEqual([url]);
    expect(await receive(url)).toEqual([]);
    await expect(client.send(new GetQueueUrlCommand({ QueueName: 'Nobody' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });

  it('keeps messages across restarts', async () => {
    await stop();
    await start({ data: folder });
    await send(queue().url, 'kept');
    await stop();
    await start({ data: folder });

    expect(await receive(queue().url)).toMatchObject([{ Body: 'kept' }]);
  });

  it('refuses FIFO queues, large messages and what a policy does not allow', async () => {
    const { url } = queue();
    const role = 'arn:aws:iam::000000000000:role/Reader';
    aws.access.attach(role, [{ Effect: 'Allow', Action: 'sqs:ReceiveMessage', Resource: '*' }]);
    const reader = new SQSClient({
      endpoint: aws.url,
      region: 'us-east-1',
      credentials: { accessKeyId: aws.access.accessKeyFor(role), secretAccessKey: 'x' },
    });

    expect(() => queue({ FifoQueue: true }, 'Fifo')).toThrow('FifoQueue');
    await expect(send(url, 'x'.repeat(1024 * 1024 + 1))).rejects.toThrow('shorter than 1048576 bytes');
    await expect(reader.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' }))).rejects.toThrow(
      'sqs:SendMessage',
    );
  });

  describe('as event source', () => {
    interface QueueEvent {
      readonly Records: readonly {
        readonly messageId: string;
        readonly receiptHandle: string;
        readonly body: string;
      }[];
    }

    async function map(
      arn: string,
      properties: object,
      handler: (event: QueueEvent) => unknown,
      definition = {},
    ) {
      const functions = new FakeFunctions().on('Worker', handler);
      functions.describe('Worker', { role: 'arn:aws:iam::000000000000:role/Worker', ...definition });
      aws.access.attach('arn:aws:iam::000000000000:role/Worker', [
        { Effect: 'Allow', Action: 'sqs:*', Resource: arn },
      ]);
      const resource = {
        logicalId: 'Mapping',
        path: 'Stack/Mapping',
        type: '',
        assembly: '',
        properties: { EventSourceArn: arn, FunctionName: arnOf('Worker'), ...properties },
      } as Resource;
      const { access, faults } = aws;
      const dynamodb = { perform: async () => ({}), waitForRecords: async () => {} };
      const ports = { access, faults, functions, dynamodb, queue: sqs.queue, timeScale, log: () => {} };
      const created = await eventSourceMapping(ports).create(resource);
      mappings.push(created);
      await created.start?.();
    }

    const left = async (QueueUrl: string) => {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }),
      );
      return Object.values(Attributes).reduce((sum, value) => sum + Number(value), 0);
    };

    it('deletes what the function took, and brings back what it reported', async () => {
      const { url, arn } = queue({ VisibilityTimeout: 1 });
      const seen: string[] = [];
      await map(arn, { FunctionResponseTypes: ['ReportBatchItemFailures'] }, ({ Records }) => {
        seen.push(...Records.map(({ body }) => body));
        const failed = Records.filter(
          ({ body }) => body === 'b' && seen.filter((one) => one === 'b').length < 2,
        );
        return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
      });

      for (const body of ['a', 'b', 'c']) await send(url, body);
      await until(() => seen.length === 4);
      await until(async () => (await left(url)) === 0);

      expect(seen.sort()).toEqual(['a', 'b', 'b', 'c']);
    });

    it('brings back what it reported when the function said, if it said when', async () => {
      await stop();
      await start({ timeScale: 0.001 });
      const { url, arn } = queue({ VisibilityTimeout: 43_200 });
      const seen: number[] = [];
      await map(
        arn,
        { FunctionResponseTypes: ['ReportBatchItemFailures'] },
        async ({ Records: [message] }) => {
          seen.push(Date.now());
          if (seen.length > 1) return undefined;
          const { messageId, receiptHandle: ReceiptHandle } = message as QueueEvent['Records'][0];
          await client.send(
            new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 300 }),
          );
          return { batchItemFailures: [{ itemIdentifier: messageId }] };
        },
      );

      await send(url, 'x');
      await until(() => seen.length === 2);

      expect(Number(seen[1]) - Number(seen[0])).toBeGreaterThanOrEqual(300);
    });

    it('gives a message that always fails to the dead-letter queue', async () => {
      await stop();
      await start({ timeScale: 0.001 });
      const dead = queue({}, 'Dead');
      const { url, arn } = queue({
        VisibilityTimeout: 30,
        RedrivePolicy: { deadLetterTargetArn: dead.arn, maxReceiveCount: 3 },
      });
      let tries = 0;
      await map(arn, {}, () => {
        tries += 1;
        throw new Error('poison');
      });

      await send(url, 'x');
      await until(async () => (await left(dead.url)) === 1);

      expect(tries).toBe(3);
    });

    it('drops messages that no filter lets through', async () => {
      const { url, arn } = queue();
      const seen: string[] = [];
      const FilterCriteria = { Filters: [{ Pattern: JSON.stringify({ body: { kind: ['order'] } }) }] };
      await map(arn, { FilterCriteria }, ({ Records }) => {
        seen.push(...Records.map(({ body }) => body));
      });

      await send(url, '{"kind":"other"}');
      await send(url, 'order');
      await send(url, '{"kind":"order"}');
      await until(async () => seen.length === 1 && (await left(url)) === 0);

      expect(seen).toEqual(['{"kind":"order"}']);
    });

    it('refuses a queue that would show a message again while its function may still run', async () => {
      await stop();
      await start({ timeScale: 0.001 });
      const { arn } = queue({ VisibilityTimeout: 30 });

      await expect(map(arn, {}, () => undefined, { timeoutMs: 31_000 })).rejects.toThrow(
        'VisibilityTimeout of Work is 30 s, shorter than the 31 s',
      );
    });

    it('runs no more batches at a time than it may', async () => {
      const { url, arn } = queue();
      let [running, most, done] = [0, 0, 0];
      const released = Promise.withResolvers<void>();
      await map(arn, { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } }, async () => {
        running += 1;
        most = Math.max(most, running);
        await released.promise;
        running -= 1;
        done += 1;
      });

      for (let i = 0; i < 8; i++) await send(url, String(i));
      await until(() => running === 2);
      released.resolve();
      await until(() => done === 8);

      expect(most).toBe(2);
    });
  });
});
