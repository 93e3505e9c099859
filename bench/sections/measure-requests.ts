/**
 * A process that measures the CPU and the memory that one request of accept, status, a stage and push takes in its bundle, as
 * deployed, with the network stubbed: AWS answers at once, without sockets. Logs and metrics are off. It prints JSON.
 * `--requests 2000`: how many of each.
 */
import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { GCProfiler, getHeapStatistics } from 'node:v8';
import { marshall } from '@aws-sdk/util-dynamodb';
import { exampleOrder } from '../../domain/protocol/order-request.ts';
import type { FunctionName } from '../../lambdas/runtime/environment.ts';
import { passOn } from '../../lambdas/runtime/passed-job.ts';
import { bundleOf } from '../../lib/bundles.ts';
import { aCompletedJob, aJobAt, jobId, owner } from '../../test/support/builders.ts';

type Handler = (event: object, context: object) => Promise<unknown>;

const { values } = parseArgs({ options: { requests: { type: 'string', default: '2000' } } });
const requests = Number(values.requests);
await import('../../test/support/environment.ts');
Object.assign(process.env, { AWS_ENDPOINT_URL: 'http://aws.invalid' });
const context = { awsRequestId: 'request-1' };
const item = (job: object) => marshall(job, { removeUndefinedValues: true });
const job = aJobAt('payment');
const change = {
  eventID: '1',
  eventName: 'MODIFY',
  eventSourceARN: 'arn:aws:dynamodb:eu-test-1:000000000000:table/jobs/stream/1',
  dynamodb: {
    SequenceNumber: '1',
    ApproximateCreationDateTime: Date.parse(job.updatedAt) / 1_000,
    OldImage: item({ ...aJobAt('validation'), watchers: new Set(['connection']) }),
    NewImage: item({ ...job, watchers: new Set(['connection']) }),
  },
};

stubNetwork();
const rows = [
  await measure('accept', 'api/accept', () =>
    apiEvent({ body: JSON.stringify(exampleOrder), headers: { 'content-type': 'application/json' } }),
  ),
  await measure('status', 'api/status', () => apiEvent({ pathParameters: { jobId }, headers: {} })),
  await measure('stage (order-creation)', 'stages/order-creation' as FunctionName, () => ({
    jobId,
    retryCount: 0,
    state: { passed: { job: { ...passOn(aJobAt('order-creation')), updatedAt: new Date().toISOString() } } },
  })),
  await measure('push', 'live/push', () => ({ Records: [change] })),
];
process.stdout.write(JSON.stringify(rows));

/** Calls a function until it is warm, then so often that the mean is steady. */
async function measure(name: string, entry: FunctionName, event: () => object) {
  const bundle = path.join(bundleOf(entry), 'index.js');
  const { handler } = createRequire(import.meta.url)(bundle) as { readonly handler: Handler };
  const events = Array.from({ length: requests }, event);
  assertSucceeded(name, await handler(event(), context));
  for (const each of events.slice(0, requests / 4)) await handler(each, context);

  const profiler = new GCProfiler();
  profiler.start();
  const heapBefore = getHeapStatistics().used_heap_size;
  const cpuBefore = process.cpuUsage();
  for (const each of events) await handler(each, context);
  const { user, system } = process.cpuUsage(cpuBefore);
  const heapAfter = getHeapStatistics().used_heap_size;
  const freed = profiler
    .stop()
    .statistics.reduce(
      (sum, { beforeGC, afterGC }) =>
        sum + beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
      0,
    );
  const cpuMs = (user + system) / 1_000 / requests;
  const allocatedKb = (heapAfter - heapBefore + freed) / 1_024 / requests;
  return {
    request: name,
    'CPU (ms)': Math.round(cpuMs * 100) / 100,
    'allocated (KB)': Math.round(allocatedKb),
  };
}

/** So that nobody takes the cost of a failure for that of a success. */
function assertSucceeded(name: string, answer: unknown): void {
  const { statusCode, batchItemFailures } = answer as Record<string, unknown>;
  const hasFailed = Number(statusCode ?? 200) >= 400 || (batchItemFailures as unknown[] | undefined)?.length;
  if (hasFailed) throw new Error(`${name} answered ${JSON.stringify(answer)}`);
}

function apiEvent(request: object): object {
  const claims = { sub: owner, token_use: 'access' };
  const requestContext = { requestId: '1', http: { method: 'POST' }, authorizer: { jwt: { claims } } };
  return { rawPath: '/api/orders', requestContext, ...request };
}

/** Answers every request of the SDK without a socket. */
function stubNetwork(): void {
  const answers: Readonly<Record<string, object>> = {
    GetItem: { Item: item(aCompletedJob()) },
    StartExecution: {
      executionArn: 'arn:aws:states:eu-test-1:0:execution:orders:1',
      startDate: 1_768_923_000,
    },
  };
  // Nothing was learned yet.
  const { STATISTICS_TABLE } = process.env;
  const statistics = JSON.stringify(STATISTICS_TABLE);
  const request = (options: { headers?: Record<string, string> }, respond: (response: object) => void) => {
    const operation = options.headers?.['x-amz-target']?.split('.').at(-1) ?? '';
    let asked = '';
    const stub = new Writable({
      write(chunk, _encoding, done) {
        asked += chunk;
        done();
      },
      final(done) {
        done();
        const body = Buffer.from(
          JSON.stringify(asked.includes(statistics) ? {} : (answers[operation] ?? {})),
        );
        respond(Object.assign(Readable.from([body]), { statusCode: 200, headers: {} }));
      },
    });
    return Object.assign(stub, { setTimeout: () => stub, reusedSocket: true }) as unknown as ClientRequest;
  };
  Object.assign(http, { request });
  Object.assign(https, { request });
}
