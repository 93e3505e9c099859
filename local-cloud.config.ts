import type { LocalCloudConfig, RunningStack } from '@accepted/local-cloud';
import { orderIdOf } from './domain/job/job.ts';
import { exampleOrder } from './domain/protocol/order-request.ts';
import { contentSecurityPolicy } from './web/content-security-policy.ts';

/** What `npm start` adds to the local cloud: the profile, the page, a first order to try, and what orders left behind. */
export default {
  // As bin/app.ts, without its 2 seconds when nothing has changed.
  app: 'node bin/kept-app.ts',
  context: { profile: 'development' },
  // Whoever tries a first order sees how fast it is accepted, and not how fast a function is loaded.
  warm: ['Api/Accept'],
  banner: firstOrder,
  views: { ledger, orders },
  site: {
    directory: 'web/dist',
    build: {
      command: 'node node_modules/vite/bin/vite.js build web',
      sources: ['web', 'packages/client/src'],
    },
    config: ({ api = '' }) => ({ baseUrl: new URL(api).pathname, local: true }),
    headers: ({ live = '' }) => ({
      // `localhost` and `127.0.0.1` are two origins.
      'content-security-policy': contentSecurityPolicy([new URL(live).origin]),
      'referrer-policy': 'no-referrer',
    }),
  },
} satisfies LocalCloudConfig;

function firstOrder({ outputs: { OrdersUrl }, token }: RunningStack): string {
  const authorization = `-H 'Authorization: Bearer ${token}'`;
  const order = JSON.stringify(exampleOrder).replaceAll("'", `'\\''`);
  return `Try it:

curl -i ${OrdersUrl} \\
  ${authorization} \\
  -H 'Content-Type: application/json' \\
  -d '${order}'

and see what became of it:

curl ${OrdersUrl} ${authorization}`;
}

interface LedgerEntry {
  readonly kind: 'charge' | 'refund';
  readonly jobId: string;
  readonly amount: number;
  readonly currency: string;
  /** ISO time. */
  readonly at: string;
}

/** `GET /_local/ledger`: charges and refunds, oldest first. */
async function ledger({ outputs: { LedgerTable }, client }: RunningStack): Promise<object> {
  const entries: LedgerEntry[] = [];
  if (LedgerTable !== undefined) {
    const { dynamodb, paginateScan } = await tables(client);
    const scan = { TableName: LedgerTable, ConsistentRead: true };
    for await (const { Items = [] } of paginateScan({ client: dynamodb }, scan))
      entries.push(...(Items as LedgerEntry[]));
    dynamodb.destroy();
  }
  const ofKind = (kind: LedgerEntry['kind']) =>
    entries
      .filter((entry) => entry.kind === kind)
      .map(({ jobId, amount, currency, at }) => ({ jobId, amount, currency, at }))
      .sort((one, other) => one.at.localeCompare(other.at));
  return { charges: ofKind('charge'), refunds: ofKind('refund') };
}

/** `GET /_local/orders?jobId=ID`: all that was accepted under the reference of a job's order, and what became an order. */
async function orders({ outputs, client }: RunningStack, query: URLSearchParams): Promise<object> {
  const { dynamodb, GetCommand, paginateScan } = await tables(client);
  const table = { TableName: outputs['OrdersTable'], ConsistentRead: true };
  const orderId = orderIdOf(query.get('jobId') ?? '');
  const { Item } = await dynamodb.send(new GetCommand({ ...table, Key: { orderId } }));
  const found = Item ? [Item] : [];
  if (Item?.['reference'] !== undefined) {
    const scan = {
      ...table,
      FilterExpression: '#reference = :reference AND orderId <> :orderId',
      ExpressionAttributeNames: { '#reference': 'reference' },
      ExpressionAttributeValues: { ':reference': Item['reference'], ':orderId': orderId },
    };
    for await (const { Items = [] } of paginateScan({ client: dynamodb }, scan)) found.push(...Items);
  }
  dynamodb.destroy();
  const accepted = found.map(({ orderId, jobId, createdAt, voidedAt }) => ({
    ...{ orderId, jobId, isOrder: createdAt !== undefined && voidedAt === undefined },
  }));
  return { accepted };
}

/** The SDK is loaded when a view is first asked for, so that the cloud is ready earlier. */
async function tables(client: RunningStack['client']) {
  const [{ DynamoDBClient }, { DynamoDBDocumentClient, ...commands }] = await Promise.all([
    import('@aws-sdk/client-dynamodb'),
    import('@aws-sdk/lib-dynamodb'),
  ]);
  return { ...commands, dynamodb: DynamoDBDocumentClient.from(new DynamoDBClient(client)) };
}
