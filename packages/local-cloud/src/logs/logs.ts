import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import { jsonCall } from '../wire/json-call.ts';
import { parseFilterPattern } from './filter-pattern.ts';
import { type LogEvent, LogGroup } from './log-group.ts';

/** The embedded CloudWatch Logs: it is read with its API and written by the functions here. */
export interface Logs {
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
  /** Writes one event. The group and the stream come into being with their first event. */
  write(group: string, stream: string, message: string): void;
  /** The newest events of a group, oldest first. */
  events(group: string): readonly LogEvent[];
}

/** Input of the operations, as the API names it. */
interface Query {
  readonly logGroupName?: string;
  /** A name or an ARN. */
  readonly logGroupIdentifier?: string;
  readonly logGroupNamePrefix?: string;
  readonly logStreamName?: string;
  readonly logStreamNames?: readonly string[];
  readonly logStreamNamePrefix?: string;
  readonly filterPattern?: string;
  readonly orderBy?: string;
  readonly descending?: boolean;
  readonly startFromHead?: boolean;
  /** Epoch milliseconds. */
  readonly startTime?: number;
  readonly endTime?: number;
  readonly limit?: number;
  readonly nextToken?: string;
}

const arnPrefix = `arn:aws:logs:${region}:${account}:log-group:`;

/**
 * A CloudWatch Logs without groups.
 * @param now Epoch milliseconds.
 */
export function createLogs(now: () => number = Date.now): Logs {
  const groups = new Map<string, LogGroup>();

  function created(name: string): LogGroup {
    const group = groups.get(name) ?? new LogGroup(name, now());
    groups.set(name, group);
    return group;
  }

  /** The events of a stream or of all, from the start until before the end. */
  function eventsOf(query: Query, end = Number.POSITIVE_INFINITY): LogEvent[] {
    const { logStreamName, logStreamNames, logStreamNamePrefix = '', startTime = 0 } = query;
    const streams = logStreamName === undefined ? logStreamNames : [logStreamName];
    const group = groups.get(nameOf(query));
    if (!group) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    return group.events().filter(({ time, stream }) => {
      const isWanted = streams?.includes(stream) ?? stream.startsWith(logStreamNamePrefix);
      return isWanted && time >= startTime && time < end;
    });
  }

  const operations: Readonly<Record<string, (query: Query) => JsonObject>> = {
    DescribeLogGroups({ logGroupNamePrefix = '', limit, nextToken }) {
      const names = [...groups.keys()].filter((name) => name.startsWith(logGroupNamePrefix)).sort();
      const { items, next } = page(names, limit ?? 50, nextToken);
      return { logGroups: items.map((name) => describedGroup(created(name))), ...next };
    },
    DescribeLogStreams(query) {
      const streams = Map.groupBy(eventsOf({ ...query, startTime: 0 }), ({ stream }) => stream);
      const all = [...streams].map(([name, events]) => describedStream(nameOf(query), name, events));
      const key = query.orderBy === 'LastEventTime' ? 'lastEventTimestamp' : 'logStreamName';
      all.sort((a, b) => (a[key] < b[key] ? -1 : 1));
      if (query.descending) all.reverse();
      const { items, next } = page(all, query.limit ?? 50, query.nextToken);
      return { logStreams: items, ...next };
    },
    FilterLogEvents(query) {
      const matches = parseFilterPattern(query.filterPattern ?? '');
      const from = Number(query.nextToken ?? 0);
      const events = eventsOf(query, (query.endTime ?? Number.POSITIVE_INFINITY) + 1).filter(
        ({ seq, message }) => seq >= from && matches(message),
      );
      const { items } = page(events, query.limit);
      const following = events[items.length];
      return {
        events: items.map((event) => ({
          ...described(event),
          logStreamName: event.stream,
          eventId: String(event.seq).padStart(56, '0'),
        })),
        searchedLogStreams: [],
        ...(following && { nextToken: String(following.seq) }),
      };
    },
    GetLogEvents(query) {
      const [, direction = query.startFromHead ? 'f' : 'b', place] =
        /^([fb])\/(\d+)$/.exec(query.nextToken ?? '') ?? [];
      const events = eventsOf(query, query.endTime).filter(
        ({ seq }) => place === undefined || (direction === 'f' ? seq >= Number(place) : seq < Number(place)),
      );
      const { items } = page(direction === 'f' ? events : events.reverse(), query.limit);
      const shown = direction === 'f' ? items : items.reverse();
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
      created(name);
      return { ref: name, attributes: { Arn: `${arnPrefix}${name}:*` } };
    },
  };

  return {
    service,
    kinds: [logGroup],
    write: (group, stream, message) => created(group).add(stream, message, now()),
    events: (group) => groups.get(group)?.events() ?? [],
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
  return { items: all.slice(Number(token), end), next: all.length > end ? { nextToken: String(end) } : {} };
}

function described({ time, message }: LogEvent): JsonObject {
  return { timestamp: time, ingestionTime: time, message };
}

function describedGroup({ name, created }: LogGroup): JsonObject {
  return { logGroupName: name, creationTime: created, arn: `${arnPrefix}${name}:*` };
}

function describedStream(group: string, name: string, events: readonly LogEvent[]) {
  const [first, last] = [events[0]?.time ?? 0, events.at(-1)?.time ?? 0];
  return {
    logStreamName: name,
    arn: `${arnPrefix}${group}:log-stream:${name}`,
    creationTime: first,
    firstEventTimestamp: first,
    lastEventTimestamp: last,
    lastIngestionTime: last,
  };
}
