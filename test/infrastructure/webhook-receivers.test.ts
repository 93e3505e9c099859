import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { maxAttempts } from '../../domain/job/webhook.ts';
import { createDeadLetters } from '../../lambdas/adapters/dead-letters.ts';
import { createWebhookQueue } from '../../lambdas/adapters/webhook-queue.ts';
import type { WebhookOutcome } from '../../lambdas/ports/webhook-sender.ts';
import { createDeliver } from '../../lambdas/webhooks/deliver.ts';
import type { Resource } from '../../packages/local-cloud/src/cloudformation/resource-kind.ts';
import { mappingSettings } from '../../packages/local-cloud/src/event-sources/event-source-mapping.ts';
import { pollQueue } from '../../packages/local-cloud/src/event-sources/queue-poller.ts';
import type { MessageQueue } from '../../packages/local-cloud/src/sqs/message-queue.ts';
import { createSqs } from '../../packages/local-cloud/src/sqs/sqs.ts';
import { startAwsEndpoint } from '../../packages/local-cloud/src/wire/aws-endpoint.ts';
import type { AwsService } from '../../packages/local-cloud/src/wire/aws-service.ts';
import { until } from '../../packages/local-cloud/test/support/until.ts';
import { aCompletedJob, anOrderRecord, urls } from '../support/builders.ts';
import { functionNamed, named } from '../support/stack.ts';

const { version } = aCompletedJob();
const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:deliver';

const services = new Map<string, AwsService>();
let endpoint: Awaited<ReturnType<typeof startAwsEndpoint>>;
let stop = async () => {};
beforeAll(async () => {
  const [authorize, strike, count] = [() => {}, () => undefined, () => {}];
  endpoint = await startAwsEndpoint(0, { services, log, authorize, strike, count });
  Object.assign(process.env, { AWS_ENDPOINT_URL: endpoint.url });
});
afterEach(() => stop());
afterAll(() => endpoint.stop());

/**
 * The function that delivers, fed from the embedded SQS through the queues and mappings of the stack. Receivers are named
 * after what they do: those that hang answer only when the test ends.
 */
function start({ timeScale }: { readonly timeScale: number }) {
  const sqs = createSqs({ timeScale, awsUrl: endpoint.url, usage: { message: () => {} } });
  services.set(sqs.service.name, sqs.service);
  const queue = (name: string): MessageQueue => {
    const { VisibilityTimeout } = named('AWS::SQS::Queue', name).Properties;
    return sqs.queue(String(sqs.createQueue(settingsOf(name, VisibilityTimeout ?? 30)).arn));
  };
  const [due, retries, undelivered] = ['WebhooksDue', 'WebhooksRetries', 'WebhooksUndelivered'].map(
    queue,
  ) as [MessageQueue, MessageQueue, MessageQueue];
  const urlOf = ({ settings: { name } }: MessageQueue) => ({
    queueUrl: `${endpoint.url}/000000000000/${name}`,
  });

  const attempts: string[] = [];
  const invocations: Promise<unknown>[] = [];
  const testEnds = Promise.withResolvers<void>();
  const deliver = createDeliver({
    urls,
    jobs: { get: async (jobId) => ({ ...aCompletedJob(), jobId }) },
    orders: { get: async () => anOrderRecord({ callbackUrl: 'https://shop.example.com' }) },
    sender: {
      async send({ id }): Promise<WebhookOutcome> {
        attempts.push(id);
        if (id.startsWith('hangs')) await testEnds.promise;
        return id.startsWith('healthy')
          ? { outcome: 'delivered', reason: 'status 200' }
          : { outcome: 'failed', reason: 'status 500' };
      },
    },
    retries: createWebhookQueue(urlOf(retries)),
    undelivered: createDeadLetters(urlOf(undelivered)),
  });
  const functions = {
    find: () => ({ timeoutMs: functionNamed('WebhooksDeliver').Timeout * 1_000 }),
    async invoke(_: string, event: SQSEvent) {
      const invocation = deliver(event);
      invocations.push(invocation);
      return { ok: true, payload: await invocation };
    },
  };
  const feed = (mapping: string, { arn }: MessageQueue) => {
    const properties = {
      ...named('AWS::Lambda::EventSourceMapping', mapping).Properties,
      ...{ EventSourceArn: arn, FunctionName: functionArn },
    };
    const settings = mappingSettings({ properties, path: mapping, logicalId: mapping } as Resource);
    return pollQueue(settings, { functions, timeScale, log, queue: sqs.queue } as never);
  };
  const pollers = [feed('WebhooksDeliveries', due), feed('WebhooksRedeliveries', retries)];

  stop = async () => {
    for (const end of pollers) end();
    testEnds.resolve();
    await Promise.all(invocations);
    sqs.stop();
  };
  return {
    ...{ due, retries, undelivered },
    /** Enqueues the webhook of a job that is named after its receiver. */
    enqueue: (queue: MessageQueue, jobId: string, attempt = 1) =>
      void queue.send({ body: JSON.stringify({ jobId, version, attempt }) }),
    /** Number of attempts at receivers whose name begins like this. */
    attemptsAt: (receiver: string) => attempts.filter((id) => id.startsWith(receiver)).length,
  };
}

function log() {}

const settingsOf = (name: string, visibilitySeconds: number) => ({
  name,
  visibilityMs: visibilitySeconds * 1_000,
  ...{ delayMs: 0, retentionMs: 1_209_600_000, waitMs: 0, maxBytes: 1_048_576 },
});

const times = (count: number, act: (n: number) => void) => Array.from({ length: count }, (_, n) => act(n));

describe('a healthy receiver', () => {
  it('gets its webhook while hundreds of others hang', async () => {
    const { due, enqueue, attemptsAt } = start({ timeScale: 0.01 });

    times(800, (n) => enqueue(due, `hangs-${n}`));
    enqueue(due, 'healthy');
    await until(() => attemptsAt('healthy') > 0 && attemptsAt('hangs') === 800);

    expect(attemptsAt('healthy')).toBe(1);
  });

  it('gets its webhook while more retries hang than are attempted at a time', async () => {
    const { due, retries, enqueue, attemptsAt } = start({ timeScale: 0.01 });

    times(1_100, (n) => enqueue(retries, `hangs-${n}`, 2));
    await until(() => attemptsAt('hangs') === 1_000);
    enqueue(due, 'healthy');
    await until(() => attemptsAt('healthy') > 0);

    expect([attemptsAt('healthy'), attemptsAt('hangs')]).toEqual([1, 1_000]);
  });
});

describe('receivers that fail', () => {
  it('leave no message in flight or visible, however many they are', async () => {
    const { due, retries, enqueue, attemptsAt } = start({ timeScale: 1 });

    times(300, (n) => enqueue(due, `fails-${n}`));
    await until(() => retries.counts().delayed === 300 && due.counts().inFlight === 0);

    expect(due.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    expect(retries.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 300 });
    expect(attemptsAt('fails')).toBe(300);
  });

  it('are tried ten times in a day of delays, none longer than the queue can, and then given up', async () => {
    const { due, retries, undelivered, enqueue, attemptsAt } = start({ timeScale: 0.000_01 });

    enqueue(due, 'fails');
    await until(() => undelivered.counts().visible === 1);

    expect(attemptsAt('fails')).toBe(maxAttempts);
    await until(() => retries.counts().inFlight === 0);
    expect(retries.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });
});
