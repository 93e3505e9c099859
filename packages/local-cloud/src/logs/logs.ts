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

/** Input of all operations, as the API names it. */
interface Query {
  readonly logGroupName?: string;
  /** A name or an ARN. */
  readonly logGroupIdentifier?: string;
  readonly logGroupNamePrefix?: string;
  readonly logGroupNamePattern?: string;
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
const maxPage = 10_000;

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

  function groupOf(query: Query): LogGroup {
    const group = groups.get(nameOf(query));
    if (!group) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    return group;
  }

  const operations: Readonly<Record<string, (query: Query) => JsonObject>> = {
    DescribeLogGroups({ logGroupNamePrefix = '', logGroupNamePattern = '', nextToken, limit }) {
      const found = [...groups.values()].filter(
        ({ name }) => name.startsWith(logGroupNamePrefix) && name.includes(logGroupNamePattern),
      );
      found.sort((a, b) => (a.name < b.name ? -1 : 1));
      const { items, next } = page(found, nextToken, limit ?? 50);
      return { logGroups: items.map(describedGroup), ...next };
    },
    DescribeLogStreams(query) {
      const { logStreamNamePrefix = '', orderBy, descending = false, nextToken, limit } = query;
      const group = groupOf(query);
      const streams = [...Map.groupBy(group.events(), ({ stream }) => stream)]
        .filter(([name]) => name.startsWith(logStreamNamePrefix))
        .map(([name, events]) => describedStream(group, name, events));
      streams.sort((a, b) =>
        orderBy === 'LastEventTime'
          ? a.lastEventTimestamp - b.lastEventTimestamp
          : Number(a.logStreamName > b.logStreamName) - Number(a.logStreamName < b.logStreamName),
      );
      if (descending) streams.reverse();
      const { items, next } = page(streams, nextToken, limit ?? 50);
      return { logStreams: items, ...next };
    },
    FilterLogEvents(query) {
      const { logStreamNames, logStreamNamePrefix = '', filterPattern = '', nextToken, limit } = query;
      const { startTime, endTime = Number.POSITIVE_INFINITY } = query;
      const matches = parseFilterPattern(filterPattern);
      const events = inTime(groupOf(query), startTime, endTime + 1).filter(
        ({ seq, stream, message }) =>
          seq >= Number(nextToken ?? 0) &&
          stream.startsWith(logStreamNamePrefix) &&
          (logStreamNames?.includes(stream) ?? true) &&
          matches(message),
      );
      const size = pageSize(limit, maxPage);
      const following = events[size];
      return {
        events: events.slice(0, size).map((event) => ({
          ...described(event),
          logStreamName: event.stream,
          eventId: String(event.seq).padStart(56, '0'),
        })),
        searchedLogStreams: [],
        ...(following && { nextToken: String(following.seq) }),
      };
    },
    GetLogEvents(query) {
      const { logStreamName, startFromHead = false, startTime, endTime, nextToken, limit } = query;
      const all = groupOf(query).events();
      if (!all.some(({ stream }) => stream === logStreamName)) {
        throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
      }
      const size = pageSize(limit, maxPage);
      const [, direction, place] = /^([fb])\/(\d+)$/.exec(nextToken ?? '') ?? [];
      if (nextToken !== undefined && place === undefined) throw invalidToken();
      const isForward = direction === 'f' || (direction === undefined && startFromHead);
      const candidates = inTime(groupOf(query), startTime, endTime).filter(
        ({ seq, stream }) =>
          stream === logStreamName &&
          (place === undefined || (isForward ? seq >= Number(place) : seq < Number(place))),
      );
      const events = isForward ? candidates.slice(0, size) : candidates.slice(-size);
      return {
        events: events.map(described),
        nextForwardToken: `f/${(events.at(-1)?.seq ?? Number(place ?? 0) - 1) + 1}`,
        nextBackwardToken: `b/${events[0]?.seq ?? place ?? 0}`,
      };
    },
  };

  const service: AwsService = {
    name: 'logs',
    contentType: 'application/x-amz-json-1.1',
    read: (request) => jsonCall(request, { Logs_20140328: Object.keys(operations) }),
    permissions({ operation, input }) {
      const group = operation === 'DescribeLogGroups' ? '*' : nameOf(input);
      const stream = operation === 'GetLogEvents' ? `log-stream:${input.logStreamName}` : '*';
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

/** Events from the start until before the end. */
function inTime(group: LogGroup, start = 0, end = Number.POSITIVE_INFINITY): LogEvent[] {
  return group.events().filter(({ time }) => time >= start && time < end);
}

/** A page of a list; the token of the next one is its position. */
function page<T>(all: readonly T[], token: string | undefined, limit: number) {
  const start = Number(token ?? 0);
  if (!Number.isInteger(start)) throw invalidToken();
  const end = start + pageSize(limit, 50);
  return { items: all.slice(start, end), next: all.length > end ? { nextToken: String(end) } : {} };
}

function pageSize(limit = maxPage, max: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= max) return limit;
  throw new AwsError('InvalidParameterException', `limit is ${limit}; allowed: 1 to ${max}`);
}

function invalidToken(): AwsError {
  return new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
}

function described({ time, message }: LogEvent): JsonObject {
  return { timestamp: time, ingestionTime: time, message };
}

function describedGroup({ name, created }: LogGroup): JsonObject {
  const arn = `${arnPrefix}${name}`;
  return { logGroupName: name, creationTime: created, arn: `${arn}:*`, logGroupArn: arn };
}

function describedStream({ name: group }: LogGroup, name: string, events: readonly LogEvent[]) {
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
