import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import { jsonCall } from '../wire/json-call.ts';
import { parseFilterPattern } from './filter-pattern.ts';

/** One line of a log. */
export interface LogEvent {
  /** Grows with every event of all groups. */
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly stream: string;
  readonly message: string;
}

/** The embedded CloudWatch Logs: it is read with its API and written by the functions here. */
export type Logs = ReturnType<typeof createLogs>;

type Group = 'logGroupName' | 'logGroupNamePrefix' | 'logGroupIdentifier';
type Text = Group | 'logStreamName' | 'logStreamNamePrefix' | 'filterPattern' | 'orderBy' | 'nextToken';

/** Input of the operations, as the API names it. Times are epoch milliseconds, the identifier is a name or an ARN. */
type Query = { readonly [Name in Text]?: string } & {
  readonly [Name in 'startTime' | 'endTime' | 'limit']?: number;
} & { readonly [Name in 'descending' | 'startFromHead']?: boolean } & {
  readonly logStreamNames?: readonly string[];
};

/** Events of a group that are kept; the oldest go first. */
const maxEvents = 10_000;

const arnPrefix = `arn:aws:logs:${region}:${account}:log-group:`;

/** A CloudWatch Logs without groups. @param now Epoch milliseconds. */
export function createLogs(now: () => number = Date.now) {
  const groups = new Map<string, { readonly created: number; events: LogEvent[] }>();
  let next = 0;

  function groupOf(name: string) {
    const group = groups.get(name) ?? { created: now(), events: [] as LogEvent[] };
    groups.set(name, group);
    return group;
  }

  const kept = (name: string) => groups.get(name)?.events.slice(-maxEvents);

  /** The events of a stream or of all, from the start until before the end. */
  function eventsOf(query: Query, end = Number.POSITIVE_INFINITY): LogEvent[] {
    const { logStreamName, logStreamNames, logStreamNamePrefix = '', startTime = 0 } = query;
    const streams = logStreamName === undefined ? logStreamNames : [logStreamName];
    const events = kept(nameOf(query));
    if (!events) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    return events.filter(({ time, stream }) => {
      const isWanted = streams?.includes(stream) ?? stream.startsWith(logStreamNamePrefix);
      return isWanted && time >= startTime && time < end;
    });
  }

  const operations: Readonly<Record<string, (query: Query) => JsonObject>> = {
    DescribeLogGroups({ logGroupNamePrefix = '', limit = 50, nextToken }) {
      const names = [...groups.keys()].filter((name) => name.startsWith(logGroupNamePrefix)).sort();
      const { items, ...rest } = page(names, limit, nextToken);
      const logGroups = items.map((name) => {
        return { logGroupName: name, creationTime: groupOf(name).created, arn: `${arnPrefix}${name}:*` };
      });
      return { logGroups, ...rest };
    },
    DescribeLogStreams(query) {
      const streams = Map.groupBy(eventsOf({ ...query, startTime: 0 }), ({ stream }) => stream);
      const all = [...streams].map(([logStreamName, events]) => {
        const [first = 0, last = first] = [events[0]?.time, events.at(-1)?.time];
        return {
          ...{ logStreamName, arn: `${arnPrefix}${nameOf(query)}:log-stream:${logStreamName}` },
          ...{ creationTime: first, firstEventTimestamp: first },
          ...{ lastEventTimestamp: last, lastIngestionTime: last },
        };
      });
      const key = query.orderBy === 'LastEventTime' ? 'lastEventTimestamp' : 'logStreamName';
      all.sort((a, b) => (a[key] < b[key] ? -1 : 1));
      if (query.descending) all.reverse();
      const { items: logStreams, ...rest } = page(all, query.limit ?? 50, query.nextToken);
      return { logStreams, ...rest };
    },
    FilterLogEvents(query) {
      const { filterPattern = '', endTime = Number.POSITIVE_INFINITY, nextToken = 0, limit } = query;
      const matches = parseFilterPattern(filterPattern);
      const isWanted = ({ seq, message }: LogEvent) => seq >= Number(nextToken) && matches(message);
      const found = eventsOf(query, endTime + 1).filter(isWanted);
      const { items } = page(found, limit);
      const following = found[items.length];
      const events = items.map((event) => {
        const eventId = String(event.seq).padStart(56, '0');
        return { ...described(event), logStreamName: event.stream, eventId };
      });
      return { events, searchedLogStreams: [], ...(following && { nextToken: String(following.seq) }) };
    },
    GetLogEvents(query) {
      const [, direction = query.startFromHead ? 'f' : 'b', place] =
        /^([fb])\/(\d+)$/.exec(query.nextToken ?? '') ?? [];
      const isForward = direction === 'f';
      const events = eventsOf(query, query.endTime).filter(
        ({ seq }) => place === undefined || (isForward ? seq >= Number(place) : seq < Number(place)),
      );
      const { items } = page(isForward ? events : events.reverse(), query.limit);
      const shown = isForward ? items : items.reverse();
      return {
        events: shown.map(described),
        nextForwardToken: `f/${(shown.at(-1)?.seq ?? Number(place ?? 0) - 1) + 1}`,
        nextBackwardToken: `b/${shown[0]?.seq ?? place ?? 0}`,
      };
    },
  };

  const service: AwsService = {
    name: 'logs',
    contentType: 'application/x-amz-json-1.1',
    read: (request) => jsonCall(request, { Logs_20140328: Object.keys(operations) }),
    permissions({ operation, input }) {
      const { logStreamName }: Query = input;
      const group = operation === 'DescribeLogGroups' ? '*' : nameOf(input);
      const stream = operation === 'GetLogEvents' ? `log-stream:${logStreamName}` : '*';
      return [{ action: `logs:${operation}`, resource: `${arnPrefix}${group}:${stream}` }];
    },
    perform: async ({ operation, input }) => operations[operation]?.(input),
  };

  const logGroup: ResourceKind = {
    type: 'AWS::Logs::LogGroup',
    honoured: ['LogGroupName'],
    harmless: ['DeletionProtectionEnabled', 'KmsKeyId', 'LogGroupClass', 'RetentionInDays', 'Tags'],
    create({ logicalId, properties: { LogGroupName: name = logicalId } }) {
      groupOf(name);
      return { ref: name, attributes: { Arn: `${arnPrefix}${name}:*` } };
    },
  };

  return {
    service,
    kinds: [logGroup],
    /** Writes one event. The group and the stream come into being with their first event. */
    write(name: string, stream: string, message: string): void {
      const group = groupOf(name);
      group.events.push({ seq: next++, time: now(), stream, message });
      // Cut rarely, because cutting copies.
      if (group.events.length > maxEvents + 1_000) group.events = group.events.slice(-maxEvents);
    },
    /** The newest 10,000 events of a group, oldest first. */
    events: (name: string): readonly LogEvent[] => kept(name) ?? [],
  };
}

function nameOf({ logGroupName, logGroupIdentifier = '' }: Query): string {
  return logGroupName ?? logGroupIdentifier.replace(arnPrefix, '').replace(/:\*$/, '');
}

/** A page of a list. The token of the next one is its position. */
function page<T>(all: readonly T[], limit = 10_000, token = '0') {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 10_000)) {
    throw new AwsError('InvalidParameterException', `limit is ${limit}; allowed: 1 to 10000`);
  }
  const end = Number(token) + limit;
  return { items: all.slice(Number(token), end), ...(all.length > end && { nextToken: String(end) }) };
}

const described = ({ time, message }: LogEvent) => ({ timestamp: time, ingestionTime: time, message });
