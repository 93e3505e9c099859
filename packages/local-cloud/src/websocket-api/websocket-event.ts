import type { IncomingMessage } from 'node:http';
import { commonLogTime, gatewayId } from '../api-gateway/request-context.ts';

/** A client and what it is connected to. */
export interface Client {
  readonly apiId: string;
  readonly stage: string;
  /** The host that it asked for. */
  readonly domainName: string;
  readonly connectionId: string;
  readonly connectedAt: number;
  readonly sourceIp: string;
  readonly userAgent: string;
}

/** An event and its request id, which refusals name. */
export interface WebSocketEvent {
  readonly requestId: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/** The event of a handshake. @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html */
export function connectEvent(client: Client, { rawHeaders, socket, url }: IncomingMessage): WebSocketEvent {
  const pairs = rawHeaders.flatMap((name, i) => (i % 2 ? [] : [[name, rawHeaders[i + 1] ?? ''] as const]));
  const headers = {
    ...distinct(pairs),
    'X-Forwarded-For': [client.sourceIp],
    'X-Forwarded-Port': [String(socket.localPort ?? '')],
    'X-Forwarded-Proto': ['http'],
  };
  const query = distinct([...new URLSearchParams(url?.split(/\?(.*)/s)[1])]);
  return eventOf(client, '$connect', 'CONNECT', {
    headers: last(headers),
    multiValueHeaders: headers,
    ...(Object.keys(query).length > 0 && {
      queryStringParameters: last(query),
      multiValueQueryStringParameters: query,
    }),
  });
}

/** The event of a message. */
export function messageEvent(client: Client, routeKey: string, body: string): WebSocketEvent {
  return eventOf(client, routeKey, 'MESSAGE', { body }, { messageId: gatewayId() });
}

/** The event of a connection that ended. */
export function disconnectEvent(client: Client, code: number, reason: string): WebSocketEvent {
  const headers = { Host: client.domainName, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' };
  const members = { headers, multiValueHeaders: distinct(Object.entries(headers)) };
  const disconnectReason = reason || (code === 1005 ? 'Client-side close frame status not set' : '');
  const context = { disconnectStatusCode: code, disconnectReason };
  return eventOf(client, '$disconnect', 'DISCONNECT', members, context);
}

function eventOf(
  { sourceIp, userAgent, ...place }: Client,
  routeKey: string,
  eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT',
  members: object,
  context: object = {},
): WebSocketEvent {
  const now = new Date();
  const requestId = gatewayId();
  const event = {
    ...members,
    requestContext: {
      routeKey,
      ...context,
      eventType,
      extendedRequestId: requestId,
      requestTime: commonLogTime(now),
      messageDirection: 'IN',
      requestTimeEpoch: now.getTime(),
      identity: { sourceIp, ...(userAgent && { userAgent }) },
      requestId,
      ...place,
    },
    isBase64Encoded: false,
  };
  return { requestId, event };
}

function distinct(entries: readonly (readonly [string, string])[]): Record<string, string[]> {
  // Any name may come, __proto__ too.
  const byName = Map.groupBy(entries, ([name]) => name);
  return Object.fromEntries([...byName].map(([name, pairs]) => [name, pairs.map(([, value]) => value)]));
}

function last(lists: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1) ?? '']));
}
