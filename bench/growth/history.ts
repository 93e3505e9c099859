import {
  type AttributeValue,
  DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { v7 as uuidv7 } from 'uuid';
import { awsClient, startBenchCloud } from '../meters/bench-cloud.ts';
import { countsOf, settledUsage } from '../meters/order-counts.ts';
import { median } from '../meters/percentile.ts';
import { sideBySide } from '../meters/side-by-side.ts';
import type { Growth } from './growth.ts';

type Item = Record<string, AttributeValue>;

/** Ended jobs of one owner. */
export async function growWithHistory(quick: boolean): Promise<Growth> {
  const cloud = await startBenchCloud(['--time-scale', '100']);
  const dynamodb = new DynamoDBClient(awsClient(cloud.aws));
  try {
    await cloud.submit();
    await cloud.drained();
    const { TableNames = [] } = await dynamodb.send(new ListTablesCommand());
    const TableName = TableNames.find((name) => /Jobs/.test(name)) as string;
    const { Items: [job] = [] } = await dynamodb.send(new ScanCommand({ TableName }));
    const rows: Record<string, number>[] = [];
    let stored = 1;
    for (const level of quick ? [10, 100] : [10, 100, 1_000, 10_000, 100_000]) {
      await copy(job as Item, level - stored, TableName);
      stored = level;
      rows.push({ 'jobs of the owner': level, ...(await probe()) });
    }
    return {
      name: 'history',
      title: 'History of one owner',
      of: 'jobs of the owner',
      charted: ['first page (ms)', 'accept (ms)', 'read units of a page'],
      rows,
      because:
        'constant: a page reads as many keys of the index as it shows, newest first, however many there are. What grows is ' +
        'the storage, at 0.25 USD per GB and month, until the retention deletes it.',
    };
  } finally {
    dynamodb.destroy();
    await cloud.kill();
  }

  /** Copies of a real job under ids of their own, all older than what comes. */
  async function copy(job: Item, count: number, table: string): Promise<void> {
    const text = JSON.stringify(job);
    const { jobId } = job;
    await sideBySide(count, 32, () => {
      const Item = JSON.parse(text.replaceAll(jobId?.S as string, uuidv7())) as Item;
      return dynamodb.send(new PutItemCommand({ TableName: table, Item }));
    });
  }

  async function probe() {
    const [pages, accepts]: [number[], number[]] = [[], []];
    await cloud.get('/api/orders');
    await cloud.resetUsage();
    for (let n = 0; n < 10; n += 1) pages.push(await took(() => cloud.get('/api/orders')));
    const { readUnits } = countsOf(await settledUsage(cloud));
    for (let n = 0; n < 10; n += 1) accepts.push(await took(() => cloud.submit()));
    await cloud.drained();
    return {
      'first page (ms)': Math.round(median(pages)),
      'accept (ms)': Math.round(median(accepts)),
      'read units of a page': readUnits / 10,
    };
  }
}

async function took(act: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await act();
  return performance.now() - begun;
}
