import {
  CancelMessageMoveTaskCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MessageQueue } from '../../src/sqs/message-queue.ts';
import { createSqs, type Sqs } from '../../src/sqs/sqs.ts';
import { credentials, openAwsEndpoint } from '../support/aws-endpoint.ts';
import { until } from '../support/until.ts';

describe('moving messages out of a dead-letter queue', () => {
  let aws: Awaited<ReturnType<typeof openAwsEndpoint>>;
  let sqs: Sqs;
  let client: SQSClient;
  let dead: MessageQueue;
  let work: MessageQueue;
  let other: MessageQueue;

  beforeEach(async () => {
    aws = await openAwsEndpoint();
    sqs = createSqs({ timeScale: 1, awsUrl: aws.url, usage: aws.usage });
    aws.add(sqs.service);
    client = clientOf(credentials);
    const settings = { visibilityMs: 0, delayMs: 0, retentionMs: 1e9, waitMs: 0, maxBytes: 1e6 };
    dead = sqs.createQueue({ name: 'Dead', ...settings });
    other = sqs.createQueue({ name: 'Other', ...settings });
    const redrive = { deadLetterArn: dead.arn, maxReceives: 1 };
    work = sqs.createQueue({ name: 'Work', ...settings, redrive });
  });
  afterEach(async () => {
    await aws.stop();
    sqs.stop();
  });

  const clientOf = (keys: typeof credentials) =>
    new SQSClient({ endpoint: aws.url, region: 'us-east-1', credentials: keys, maxAttempts: 1 });
  const start = (input: object = {}, by = client) =>
    by.send(new StartMessageMoveTaskCommand({ SourceArn: dead.arn, ...input }));
  const tasks = async () =>
    (await client.send(new ListMessageMoveTasksCommand({ SourceArn: dead.arn, MaxResults: 10 }))).Results ??
    [];
  const ended = () => until(async () => (await tasks()).every(({ Status }) => Status !== 'RUNNING'));

  /** Lets the work queue give up messages of these bodies. */
  async function giveUp(...bodies: string[]): Promise<void> {
    for (const body of bodies) work.send({ body });
    await until(async () => {
      await work.receive(10, 0);
      return dead.counts().visible === bodies.length;
    });
  }

  it('sends each back to its queue, as a new message', async () => {
    await giveUp('a', 'b');

    await start();
    await ended();

    expect(await tasks()).toEqual([
      {
        Status: 'COMPLETED',
        SourceArn: dead.arn,
        ApproximateNumberOfMessagesMoved: 2,
        ApproximateNumberOfMessagesToMove: 2,
        StartedTimestamp: expect.any(Number),
      },
    ]);
    expect(dead.counts().visible).toBe(0);
    expect(await work.receive(10, 0)).toMatchObject([
      { body: 'a', receives: 1, source: null },
      { body: 'b', receives: 1, source: null },
    ]);
  });

  it('sends all to one queue when asked to', async () => {
    await giveUp('a');
    dead.send({ body: 'sent here directly' });

    await start({ DestinationArn: other.arn });
    await ended();

    expect((await other.receive(10, 0)).map(({ body }) => body)).toEqual(['a', 'sent here directly']);
  });

  it('fails at a message that no queue gave up', async () => {
    dead.send({ body: 'sent here directly' });

    await start();
    await ended();

    expect(await tasks()).toMatchObject([
      { Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' },
    ]);
    expect(dead.counts().visible).toBe(1);
  });

  it('keeps to the rate, one move at a time, until it is cancelled', async () => {
    await giveUp('a', 'b', 'c');

    const { TaskHandle } = await start({ MaxNumberOfMessagesPerSecond: 1 });
    await expect(start()).rejects.toThrow('already a task running');
    expect(await tasks()).toMatchObject([{ TaskHandle, Status: 'RUNNING', MaxNumberOfMessagesPerSecond: 1 }]);
    const cancelled = await client.send(new CancelMessageMoveTaskCommand({ TaskHandle }));

    expect(await tasks()).toMatchObject([{ Status: 'CANCELLED' }]);
    expect(dead.counts().visible).toBe(3 - (cancelled.ApproximateNumberOfMessagesMoved ?? 0));
    await expect(client.send(new CancelMessageMoveTaskCommand({ TaskHandle }))).rejects.toThrow(
      'no such task',
    );
  });

  it('refuses other sources, the same queue, unknown queues and wrong rates', async () => {
    await expect(start({ SourceArn: work.arn })).rejects.toThrow('must be a dead-letter queue');
    await expect(start({ DestinationArn: dead.arn })).rejects.toThrow('must be different');
    await expect(start({ DestinationArn: `${other.arn}s` })).rejects.toThrow('There is no queue');
    await expect(start({ MaxNumberOfMessagesPerSecond: 501 })).rejects.toThrow('allowed: 1 to 500');
  });

  it('needs permission for both queues', async () => {
    const role = 'arn:aws:iam::000000000000:role/Mover';
    aws.access.attach(role, [{ Effect: 'Allow', Action: 'sqs:*', Resource: dead.arn }]);
    const mover = clientOf({ accessKeyId: aws.access.accessKeyFor(role), secretAccessKey: 'x' });

    await expect(start({ DestinationArn: other.arn }, mover)).rejects.toThrow('sqs:SendMessage');
    expect((await start({}, mover)).TaskHandle).toBeDefined();
  });

  it('knows whose dead letters a queue takes', async () => {
    const QueueUrl = `${aws.url}/000000000000/Dead`;

    const { queueUrls } = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl }));

    expect(queueUrls).toEqual([`${aws.url}/000000000000/Work`]);
  });
});
