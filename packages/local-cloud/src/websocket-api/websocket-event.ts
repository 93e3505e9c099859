import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Peer } from './websocket-connection.ts';

/** Where an event happens. */
export interface EventPlace {
  readonly apiId: string;
  readonly stage: string;
  /** The host that the client asked for. */
  readonly domainName: string;
  readonly peer: Peer;
}

/** An event and its request id, which refusals name. */
export interface WebSocketEvent {
  readonly requestId: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/** The event of a handshake. @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html */
export function connectEvent(place: EventPlace, request: IncomingMessage): WebSocketEvent {
  const headers = distinct(pairs(request.rawHeaders));
  headers['X-Forwarded-For'] = [place.peer.sourceIp];
  headers['X-Forwarded-Port'] = [String(request.socket.localPort ?? '')];
  headers['X-Forwarded-Proto'] = ['http'];
  const query = distinct([...new URLSearchParams((request.url ?? '').split(/\?(.*)/s)[1] ?? '')]);
  return eventOf(place, '$connect', 'CONNECT', {
    headers: last(headers),
    multiValueHeaders: headers,
    ...(Object.keys(query).length > 0 && {
      queryStringParameters: last(query),
      multiValueQueryStringParameters: query,
    }),
    isBase64Encoded: false,
  });
}

/** The event of a message. */
export function messageEvent(place: EventPlace, routeKey: string, body: string): WebSocketEvent {
  return eventOf(place, routeKey, 'MESSAGE', { body, isBase64Encoded: false }, { messageId: shortId() });
}

/** The event of a connection that ended. */
export function disconnectEvent(place: EventPlace, code: number, reason: string): WebSocketEvent {
  const headers = { Host: place.domainName, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' };
  return eventOf(
    place,
    '$disconnect',
    'DISCONNECT',
    { headers, multiValueHeaders: distinct(Object.entries(headers)), isBase64Encoded: false },
    { disconnectStatusCode: code, disconnectReason: reason || statusText(code) },
  );
}

function eventOf(
  { apiId, stage, domainName, peer }: EventPlace,
  routeKey: string,
  eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT',
  members: object,
  context: object = {},
): WebSocketEvent {
  const now = new Date();
  const requestId = shortId();
  const event = {
    ...members,
    requestContext: {
      routeKey,
      ...context,
      eventType,
      extendedRequestId: requestId,
      requestTime: commonLogTime(now),
      messageDirection: 'IN',
      stage,
      connectedAt: peer.connectedAt,
      requestTimeEpoch: now.getTime(),
      identity: { sourceIp: peer.sourceIp, ...(peer.userAgent && { userAgent: peer.userAgent }) },
      requestId,
      domainName,
      connectionId: peer.connectionId,
      apiId,
    },
  };
  return { requestId, event };
}

function pairs(list: readonly string[]): [string, string][] {
  return Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i] ?? '', list[2 * i + 1] ?? '']);
}

function distinct(entries: readonly (readonly [string, string])[]): Record<string, string[]> {
  // Any name may come, __proto__ too.
  const byName = Map.groupBy(entries, ([name]) => name);
  return Object.fromEntries([...byName].map(([name, pairs]) => [name, pairs.map(([, value]) => value)]));
}

function last(lists: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1) ?? '']));
}

function statusText(code: number): string {
  return code === 1005 ? 'Client-side close frame status not set' : '';
}

/** As API Gateway's: `L0SM9cOFvHcCIhw=`. */
function shortId(): string {
  return `${randomBytes(11).toString('base64url')}=`;
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
