import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type SizeOf, throttle } from '../api-gateway/token-bucket.ts';
import { withinTime } from '../api-gateway/within-time.ts';
import type { Functions, Invocation } from '../lambda/functions.ts';
import type { Log } from '../wire/log.ts';
import { memberOf } from '../wire/member-of.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';
import type { ManagedStage } from './execute-api.ts';
import {
  type ConnectionLimits,
  type ConnectionPorts,
  gatewayLimits,
  maxMessageBytes,
  type Peer,
  peerOf,
  WebSocketConnection,
} from './websocket-connection.ts';
import { connectEvent, disconnectEvent, type EventPlace, messageEvent } from './websocket-event.ts';

/** A route of a WebSocket API. */
export interface WebSocketRoute {
  /** `$connect`, `$disconnect`, `$default`, or a value of what the selection expression selects. */
  readonly key: string;
  readonly functionArn: string;
  readonly timeoutMs: number;
}

/** A stage of a WebSocket API. */
export interface WebSocketStage {
  readonly name: string;
  /** The limit of each route. */
  readonly throttling?: SizeOf;
}

/** One deployed WebSocket API. Routes may come after stages. */
export interface WebSocketGateway {
  addRoute(route: WebSocketRoute): void;
  /** The handler of a stage, to be mounted on the public port, and its connections. */
  stage(stage: WebSocketStage): PublicRoute & ManagedStage & { stop(): void };
}

/** What the gateway works with. */
export interface GatewayPorts extends ConnectionPorts {
  readonly functions: Pick<Functions, 'invoke'>;
  readonly log: Log;
}

interface Answer {
  readonly status: number;
  readonly protocol?: string;
}

/**
 * Serves one WebSocket API as API Gateway does.
 * @param api With the path of the member of a JSON message that selects its route: `['action']`.
 */
export function createWebSocketGateway(
  ports: GatewayPorts,
  api: { readonly id: string; readonly selection: readonly string[] },
  limits: ConnectionLimits = gatewayLimits,
): WebSocketGateway {
  const routes = new Map<string, WebSocketRoute>();

  function serve({ name, throttling }: WebSocketStage) {
    const connections = new Map<string, WebSocketConnection>();
    const allow = throttle(throttling);
    const protocols = new WeakMap<IncomingMessage, string>();
    const server = new WebSocketServer({
      noServer: true,
      maxPayload: maxMessageBytes,
      // Only the function knows which subprotocol it speaks.
      handleProtocols: (_, request) => protocols.get(request) ?? false,
    });
    let isStopped = false;

    async function connect(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
      const peer = peerOf(request);
      const place = placeOf(request, peer);
      const { requestId, event } = connectEvent(place, request);
      const answer = isHandshake(request) ? await admit(routes.get('$connect'), event) : { status: 200 };
      if (answer.status < 200 || answer.status > 299) {
        return refuse(socket, answer.status, { connectionId: peer.connectionId, requestId });
      }
      if (answer.protocol !== undefined) protocols.set(request, answer.protocol);
      if (socket.destroyed) return disconnected(place, 1006, '');
      server.handleUpgrade(request, socket, head, (webSocket) => accept(webSocket, request, place));
    }

    async function admit(route: WebSocketRoute | undefined, event: object): Promise<Answer> {
      if (!allow('$connect')) return { status: 429 };
      return route ? answerOf(await invoke(route, event)) : { status: 200 };
    }

    function accept(webSocket: WebSocket, request: IncomingMessage, place: EventPlace): void {
      const { connectionId } = place.peer;
      const connection = new WebSocketConnection(webSocket, request, place.peer, ports, limits, {
        message(text) {
          receive(connection, place, text).catch((error) => {
            const message = 'A WebSocket message was not answered';
            ports.log({ level: 'error', message, error: String(error) });
          });
        },
        close(code, reason) {
          connections.delete(connectionId);
          disconnected(place, code, reason);
        },
      });
      connections.set(connectionId, connection);
    }

    async function receive(connection: WebSocketConnection, place: EventPlace, text: string): Promise<void> {
      const selected = selectedRoute(text, api.selection);
      // What begins with $ is for the gateway's own events.
      const named = selected?.startsWith('$') ? undefined : routes.get(selected ?? '');
      const route = named ?? routes.get('$default');
      const { requestId, event } = messageEvent(place, route?.key ?? '', text);
      const report = (message: string) =>
        reply(connection, JSON.stringify({ message, connectionId: place.peer.connectionId, requestId }));
      if (!route) return report('Forbidden');
      if (!allow(route.key)) return report('Too Many Requests');

      const invocation = await invoke(route, event);
      if (!invocation) return report('Endpoint request timed out');
      if (!invocation.ok) report('Internal server error');
    }

    /** Best effort, as on AWS: nobody waits for it, nothing repeats it. */
    function disconnected(place: EventPlace, code: number, reason: string): void {
      const route = routes.get('$disconnect');
      if (route && !isStopped) void invoke(route, disconnectEvent(place, code, reason).event);
    }

    function placeOf({ headers }: IncomingMessage, peer: Peer): EventPlace {
      return { apiId: api.id, stage: name, domainName: headers.host ?? '', peer };
    }

    return {
      apiId: api.id,
      connections,
      matches: ({ url = '/' }: IncomingMessage) => /^\/([^/?]*)\/?(\?|$)/.exec(url)?.[1] === name,
      async handle(_: IncomingMessage, response: import('node:http').ServerResponse) {
        response
          .writeHead(426, { 'content-type': 'application/json', connection: 'upgrade', upgrade: 'websocket' })
          .end(JSON.stringify({ message: 'This is a WebSocket API' }));
      },
      upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
        connect(request, socket, head).catch((error) => {
          ports.log({ level: 'error', message: 'A WebSocket handshake failed', error: String(error?.stack) });
          socket.destroy();
        });
      },
      stop() {
        isStopped = true;
        for (const connection of connections.values()) connection.terminate();
      },
    };
  }

  /** Answers undefined when the integration's time is up. */
  const invoke = ({ functionArn, timeoutMs }: WebSocketRoute, event: object) =>
    withinTime(ports.functions.invoke(functionArn, event), timeoutMs);

  return {
    addRoute(route) {
      if (routes.has(route.key)) throw new Error(`Two routes of one WebSocket API have the key ${route.key}`);
      routes.set(route.key, route);
    },
    stage: serve,
  };
}

/** What the route selection expression gives for a message; undefined for what is not JSON or has no such member. */
function selectedRoute(text: string, path: readonly string[]): string | undefined {
  try {
    const selected = path.reduce<unknown>(memberOf, JSON.parse(text));
    return selected === undefined || typeof selected === 'object' ? undefined : String(selected);
  } catch {
    return undefined;
  }
}

function answerOf(invocation: Invocation | undefined): Answer {
  if (!invocation) return { status: 504 };
  if (!invocation.ok) return { status: 500 };
  const { statusCode, headers } = (invocation.payload ?? {}) as Readonly<Record<string, unknown>>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return { status: 500 };
  const protocol = Object.entries((headers ?? {}) as object).find(
    ([header]) => header.toLowerCase() === 'sec-websocket-protocol',
  )?.[1];
  return {
    status,
    ...(protocol !== undefined && { protocol: String(protocol) }),
  };
}

function reply(connection: WebSocketConnection, text: string): void {
  // The client may have left meanwhile.
  if (connection.isOpen) connection.send(Buffer.from(text));
}

/** Whether the `ws` package would take it; what is not one, it refuses itself. */
function isHandshake({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    ['8', '13'].includes(String(headers['sec-websocket-version'])) &&
    /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')
  );
}

const refusals: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal server error',
  504: 'Endpoint request timed out',
};

function refuse(socket: Duplex, status: number, ids: object): void {
  const message = refusals[status] ?? 'Forbidden';
  const body = JSON.stringify({ message, ...ids });
  const head = [
    `HTTP/1.1 ${status} ${message}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
