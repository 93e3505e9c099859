import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OrderRecord } from '../../../domain/order/order.ts';
import { createDocumentClient } from '../../../lambdas/adapters/dynamodb.ts';
import { createOrderSearch } from '../../../lambdas/adapters/order-search.ts';
import { createOrders } from '../../../lambdas/adapters/orders.ts';
import type { OrderSearch, OrderSearchQuery } from '../../../lambdas/ports/order-search.ts';
import type { Orders } from '../../../lambdas/ports/orders.ts';
import { ordersByEmail, ordersByReference } from '../../../lib/order-tables.ts';
import { anOrderRecord, later } from '../../support/builders.ts';
import { type EmbeddedDynamoDb, startDynamoDb } from '../../support/embedded-dynamodb.ts';
import { memoryOrders } from '../../support/fakes.ts';

let dynamodb: EmbeddedDynamoDb;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());

type Ports = Orders & OrderSearch;

async function inDynamoDb(given?: string): Promise<Ports> {
  const table = given ?? (await dynamodb.createTable('Orders'));
  const search = createOrderSearch({
    table,
    byEmailIndex: ordersByEmail,
    byReferenceIndex: ordersByReference,
  });
  return { ...createOrders({ table }), ...search };
}

const jobExpiresAt = new Date('2026-02-19T15:30:00.000Z');
const submit = (orders: Orders, orderId: string, override: Partial<OrderRecord> = {}) =>
  orders.submit(anOrderRecord({ orderId, ...override }), jobExpiresAt);

/** Ids on each page. */
async function found(orders: OrderSearch, query: Omit<OrderSearchQuery, 'limit'>, limit = 10) {
  const pages: string[][] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await orders.find({ ...query, limit, cursor });
    pages.push([...page.orderIds]);
    cursor = page.cursor;
    if (cursor === undefined) return pages.filter(({ length }) => length > 0);
  }
}

const byEmail = (value: string) => ({ by: 'email', value }) as const;
const byReference = (value: string) => ({ by: 'reference', value }) as const;

describe.each<[string, () => Promise<Ports>]>([
  ['in memory', async () => memoryOrders()],
  ['in DynamoDB', () => inDynamoDb()],
])('a search of orders %s', (_, open) => {
  let orders: Ports;
  beforeEach(async () => {
    orders = await open();
  });

  it('finds by e-mail address, in any case, the newest first', async () => {
    await submit(orders, 'ord_1', { email: 'Ada@Example.com' });
    await submit(orders, 'ord_2', { email: 'grace@example.com' });
    await submit(orders, 'ord_3', { email: 'ada@example.com' });

    expect(await found(orders, byEmail('ADA@example.com'))).toEqual([['ord_3', 'ord_1']]);
    expect(await found(orders, byEmail('nobody@example.com'))).toEqual([]);
  });

  it('finds by reference exactly', async () => {
    await submit(orders, 'ord_1', { reference: 'A-7' });
    await submit(orders, 'ord_2', { reference: 'a-7' });
    await submit(orders, 'ord_3');

    expect(await found(orders, byReference('A-7'))).toEqual([['ord_1']]);
  });

  it('finds what was created, and all of it, page by page', async () => {
    for (const id of ['ord_1', 'ord_2', 'ord_3']) await submit(orders, id);
    await orders.create('ord_2', later(1));

    expect((await found(orders, byEmail('ada@example.com'), 2)).flat()).toEqual(['ord_3', 'ord_2', 'ord_1']);
  });

  it('finds nothing of what was erased', async () => {
    await submit(orders, 'ord_1', { reference: 'A-7' });

    await orders.erase('ord_1', later(1));

    expect(await found(orders, byEmail('ada@example.com'))).toEqual([]);
    expect(await found(orders, byReference('A-7'))).toEqual([]);
  });
});

describe('a search of orders in DynamoDB alone', () => {
  it('finds an internationalised domain however it is written', async () => {
    const orders = await inDynamoDb();
    await submit(orders, 'ord_1', { email: 'ada@exämple.de' });

    expect(await found(orders, byEmail('ada@xn--exmple-cua.de'))).toEqual([['ord_1']]);
  });

  it('reads no table: one query of an index a page', async () => {
    const orders = await inDynamoDb();

    const calls = await dynamodb.callsOf(() => orders.find({ ...byEmail('ada@example.com'), limit: 5 }));

    expect(calls.map(({ operation }) => operation)).toEqual(['Query']);
    expect(calls[0]?.input).toMatchObject({ IndexName: 'orders-by-email', Limit: 5 });
  });

  it('holds no personal data in its indexes, and one key for each that an order has', async () => {
    const table = await dynamodb.createTable('Orders');
    const orders = await inDynamoDb(table);
    await submit(orders, 'ord_1', { reference: 'A-7' });
    await submit(orders, 'ord_2');

    const items = async (IndexName: string) =>
      (await createDocumentClient().send(new ScanCommand({ TableName: table, IndexName }))).Items ?? [];

    const [emails, references] = [await items(ordersByEmail), await items(ordersByReference)];
    expect([emails.length, references.length]).toEqual([2, 1]);
    expect(JSON.stringify([emails, references])).not.toMatch(/ada|A-7/);
  });
});
