import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogs, type Logs } from '../../src/logs/logs.ts';
import { openAwsEndpoint } from '../support/aws-endpoint.ts';
import { callAws } from '../support/call-aws.ts';

describe('CloudWatch Logs', () => {
  let aws: Awaited<ReturnType<typeof openAwsEndpoint>>;
  let logs: Logs;
  let now: number;

  beforeEach(async () => {
    now = 1_000;
    logs = createLogs(() => now);
    aws = await openAwsEndpoint();
    aws.add(logs.service);
  });
  afterEach(() => aws.stop());

  // biome-ignore lint/suspicious/noExplicitAny: the API's JSON
  async function call(operation: string, input: object): Promise<any> {
    const headers = { 'x-amz-target': `Logs_20140328.${operation}` };
    const request = { url: aws.url, service: 'logs', headers, body: JSON.stringify(input) };
    return (await callAws(request)).json();
  }
  const messages = ({ events }: { events: { message: string }[] }) => events.map(({ message }) => message);

  /** Writes lines a millisecond apart, the first one at 1000. */
  function write(group: string, stream: string, ...lines: string[]): void {
    for (const line of lines) {
      logs.write(group, stream, line);
      now += 1;
    }
  }

  it('finds the lines of a group by pattern, time and stream', async () => {
    write('pay', 'one', 'charged 01', 'refunded 01');
    write('pay', 'two', 'charged 02');
    write('mail', 'one', 'charged nobody');
    const filter = async (query: object) =>
      messages(await call('FilterLogEvents', { logGroupName: 'pay', ...query }));

    expect(await filter({})).toEqual(['charged 01', 'refunded 01', 'charged 02']);
    expect(await filter({ filterPattern: 'charged' })).toEqual(['charged 01', 'charged 02']);
    expect(await filter({ startTime: 1_001, endTime: 1_001 })).toEqual(['refunded 01']);
    expect(await filter({ logStreamNames: ['two'] })).toEqual(['charged 02']);
    expect(await filter({ logStreamNamePrefix: 'o' })).toEqual(['charged 01', 'refunded 01']);
    const logGroupIdentifier = 'arn:aws:logs:us-east-1:000000000000:log-group:pay:*';
    expect(messages(await call('FilterLogEvents', { logGroupIdentifier }))).toHaveLength(3);
  });

  it('gives events with what followers need to go on from', async () => {
    write('pay', 'one', 'first', 'second');

    const { events } = await call('FilterLogEvents', { logGroupName: 'pay' });

    expect(events[0]).toMatchObject({ timestamp: 1_000, ingestionTime: 1_000, logStreamName: 'one' });
    expect(events[0].eventId < events[1].eventId).toBe(true);
  });

  it('gives pages', async () => {
    write('pay', 'one', 'a ok', 'b ok', 'x', 'c ok');
    const query = { logGroupName: 'pay', filterPattern: 'ok', limit: 2 };

    const first = await call('FilterLogEvents', query);
    const second = await call('FilterLogEvents', { ...query, nextToken: first.nextToken });

    expect([messages(first), messages(second)]).toEqual([['a ok', 'b ok'], ['c ok']]);
    expect(second.nextToken).toBeUndefined();
  });

  it('reads a stream from its end, from its start, and on from a token', async () => {
    write('pay', 'one', 'a', 'b', 'c');
    write('pay', 'two', 'other');
    const get = (query: object) =>
      call('GetLogEvents', { logGroupName: 'pay', logStreamName: 'one', limit: 2, ...query });

    const last = await get({});
    const before = await get({ nextToken: last.nextBackwardToken });
    const first = await get({ startFromHead: true });
    const rest = await get({ nextToken: first.nextForwardToken });
    const end = await get({ nextToken: rest.nextForwardToken });

    expect([last, before, first, rest, end].map(messages)).toEqual([
      ['b', 'c'],
      ['a'],
      ['a', 'b'],
      ['c'],
      [],
    ]);
    expect(end.nextForwardToken).toBe(rest.nextForwardToken);
    expect(messages(await get({ startTime: 1_001, endTime: 1_002 }))).toEqual(['b']);
  });

  it('describes groups and streams', async () => {
    const resource = {
      logicalId: 'Log',
      type: '',
      path: '',
      assembly: '',
      properties: { LogGroupName: 'empty' },
    };
    expect(await logs.kinds[0]?.create(resource)).toEqual({
      ref: 'empty',
      attributes: { Arn: 'arn:aws:logs:us-east-1:000000000000:log-group:empty:*' },
    });
    write('pay', 'b', 'early');
    write('pay', 'a', 'late');

    const { logGroups } = await call('DescribeLogGroups', {});
    const { logGroups: some } = await call('DescribeLogGroups', { logGroupNamePrefix: 'p' });
    const { logStreams } = await call('DescribeLogStreams', { logGroupName: 'pay' });
    const latest = { logGroupName: 'pay', orderBy: 'LastEventTime', descending: true, limit: 1 };
    const page = await call('DescribeLogStreams', latest);

    const names = (groups: { logGroupName: string }[]) => groups.map(({ logGroupName }) => logGroupName);
    expect([names(logGroups), names(some)]).toEqual([['empty', 'pay'], ['pay']]);
    expect(logStreams).toMatchObject([
      { logStreamName: 'a' },
      { logStreamName: 'b', firstEventTimestamp: 1_000 },
    ]);
    expect(page).toMatchObject({ logStreams: [{ logStreamName: 'a' }], nextToken: '1' });
  });

  it('keeps the newest ten thousand events of a group', async () => {
    for (let i = 0; i < 25_000; i++) logs.write('busy', 'one', String(i));

    const events = logs.events('busy');

    expect([events.length, events[0]?.message, events.at(-1)?.message]).toEqual([10_000, '15000', '24999']);
  });

  it('refuses an unknown group, a wrong limit and a pattern that is not evaluated', async () => {
    write('pay', 'one', 'a');

    expect(await call('FilterLogEvents', { logGroupName: 'none' })).toMatchObject({
      __type: 'ResourceNotFoundException',
    });
    expect(await call('FilterLogEvents', { logGroupName: 'pay', limit: 0 })).toMatchObject({
      message: 'limit is 0; allowed: 1 to 10000',
    });
    expect(await call('FilterLogEvents', { logGroupName: 'pay', filterPattern: '%a%' })).toMatchObject({
      __type: 'InvalidParameterException',
    });
  });
});
