import type { LocalCloudConfig, RunningStack } from '@accepted/local-cloud';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { exampleOrder } from './domain/protocol/order-request.ts';

/** What `npm start` adds to the local cloud: the profile, a first order to try, and the ledger of the sandbox payments. */
export default {
  context: { profile: 'development' },
  banner: firstOrder,
  views: { ledger },
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
    const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(client));
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
