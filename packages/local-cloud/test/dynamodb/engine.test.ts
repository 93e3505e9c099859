import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nextVersion, openDynamoDb } from './dynamodb-fixture.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'dynamodb-'));
});
afterEach(() => rm(data, { recursive: true }));

describe('a data folder', () => {
  it('keeps items, records, iterators and settings over a restart', async () => {
    const first = await openDynamoDb({ data });
    await first.call('UpdateItem', nextVersion('a', 0));
    const iterator = await first.iterator('LATEST');
    await first.dynamodb.stop();

    const second = await openDynamoDb({ data });
    await second.call('UpdateItem', nextVersion('a', 1));

    expect(second.streamArn).toBe(first.streamArn);
    expect((await second.records()).map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY']);
    expect((await second.call('GetRecords', { ShardIterator: iterator })).Records).toHaveLength(1);
    expect(await second.call('DescribeTimeToLive', { TableName: 'Jobs' })).toMatchObject({
      TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
    });
    await second.dynamodb.stop();
  });

  it('refuses to be opened twice', async () => {
    const first = await openDynamoDb({ data });

    await expect(openDynamoDb({ data })).rejects.toThrow('tables.db is in use by another local cloud');

    await first.dynamodb.stop();
  });

  it('loses neither an answered write nor its record to SIGKILL', async () => {
    const answered = await killedWriter(data, 400);

    const db = await openDynamoDb({ data });
    const { Items } = await db.call('Scan', { TableName: 'Jobs' });
    const records = await db.records();
    await db.dynamodb.stop();

    const versions = new Map<string, number>(
      Items.map((item: { id: { S: string }; version: { N: string } }) => [item.id.S, Number(item.version.N)]),
    );
    for (const [id, version] of answered) expect(versions.get(id)).toBeGreaterThanOrEqual(version);
    // Following the stream from its start leads to exactly the items there are.
    const followed = new Map<string, number>();
    for (const { dynamodb } of records) {
      const version = Number(dynamodb.NewImage.version.N);
      expect(version).toBe((followed.get(dynamodb.Keys.id.S) ?? 0) + 1);
      followed.set(dynamodb.Keys.id.S, version);
    }
    expect(followed).toEqual(versions);
  });
});

/** A process that makes job versions until it is killed after some answers; returns the versions it was answered. */
async function killedWriter(folder: string, answers: number): Promise<Map<string, number>> {
  const fixture = pathToFileURL(join(__dirname, 'dynamodb-fixture.ts'));
  const program = `
    const { nextVersion, openDynamoDb } = await import('${fixture}');
    const db = await openDynamoDb({ data: '${folder}' });
    await Promise.all(['a', 'b', 'c', 'd'].map(async (id) => {
      for (let version = 0; ; version++) {
        await db.call('UpdateItem', nextVersion(id, version));
        process.stdout.write(id + ' ' + (version + 1) + '\\n');
      }
    }));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const answered = new Map<string, number>();
  let count = 0;
  for await (const line of createInterface(child.stdout)) {
    const [id = '', version] = line.split(' ');
    answered.set(id, Number(version));
    if (++count === answers) child.kill('SIGKILL');
  }
  if (child.signalCode === null) await once(child, 'exit');
  return answered;
}
