/**
 * `npm run bench --workspace packages/local-cloud -- [--seconds 5] [--clients 16]`: starts the local cloud with a small
 * app and prints how many requests it serves a second, and how long they take: a function behind an HTTP API, and
 * calls of DynamoDB.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { DynamoDBClient, GetItemCommand, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, clients: { type: 'string', default: '16' } },
});
const [seconds, clients] = [Number(values.seconds), Number(values.clients)];

const { child, api, aws } = await start();
const dynamodb = new DynamoDBClient({
  endpoint: aws,
  region: 'us-east-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
});
const { TableNames: [TableName] = [] } = await dynamodb.send(new ListTablesCommand());
const item = (n: number) => ({ id: { S: String(n) }, text: { S: 'x'.repeat(200) } });

console.table({
  'HTTP API and function': await measure(async () => {
    const response = await fetch(`${api}/hello`);
    if (response.status !== 200) throw new Error(`GET /hello answered ${response.status}`);
    await response.arrayBuffer();
  }),
  PutItem: await measure((n) => dynamodb.send(new PutItemCommand({ TableName, Item: item(n) }))),
  GetItem: await measure(() => dynamodb.send(new GetItemCommand({ TableName, Key: { id: { S: '1' } } }))),
});
child.kill('SIGTERM');

/** Starts the local cloud as its users do. */
async function start(): Promise<{ child: ChildProcess; api: string; aws: string }> {
  const main = join(import.meta.dirname, '../src/cli/local-cloud.mjs');
  const args = [main, '--app', 'node app.ts', '--json', '--port', '0', '--aws-port', '0'];
  const child = spawn(process.execPath, args, {
    cwd: join(import.meta.dirname, 'app'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  child.stdout.resume();
  return { child, ...JSON.parse(line) };
}

/** Repeats a request with all clients side by side for as long as asked. */
async function measure(request: (n: number) => Promise<unknown>): Promise<object> {
  const latencies: number[] = [];
  let n = 0;
  await request(n);
  const begun = performance.now();
  const end = begun + seconds * 1000;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < end) {
        const sent = performance.now();
        n += 1;
        await request(n);
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const took = (performance.now() - begun) / 1000;
  latencies.sort((one, other) => one - other);
  const percentile = (share: number) =>
    `${(latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(1)} ms`;
  return {
    'a second': Math.round(latencies.length / took),
    median: percentile(0.5),
    '99 %': percentile(0.99),
  };
}
