import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Integration, Stage } from '../api-gateway/api-gateway-kinds.ts';
import { gatewayId, sourceIpOf } from '../api-gateway/request-context.ts';
import { withinTime } from '../api-gateway/within-time.ts';
import type { Functions, Invocation } from '../lambda/functions.ts';
import type { Log } from '../wire/log.ts';
import { memberOf } from '../wire/member-of.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';
import { throttle } from '../wire/throttle.ts';
import {
  type ConnectionLimits,
  type ConnectionPorts,
  gatewayLimits,
  maxMessageBytes,
  type WebSocketConnection,
  webSocketConnection,
} from './websocket-connection.ts';
import { type Client, connectEvent, disconnectEvent, messageEvent } from './websocket-event.ts';

/** A route of a WebSocket API. */
export interface WebSocketRoute extends Integration {
  /** `$connect`, `$disconnect`, `$default`, or a value of what the selection expression selects. */
  readonly key: string;
}

/** The handler of a stage, to be mounted on the public port. */
export interface WebSocketStage extends PublicRoute {
  readonly apiId: string;
  /** Connections whose handshake is over, by id. */
  readonly connections: ReadonlyMap<string, WebSocketConnection>;
  stop(): void;
}

/** What the gateway works with. */
export interface GatewayPorts extends ConnectionPorts {
  readonly functions: Pick<Functions, 'invoke'>;
  readonly log: Log;
}

/**
 * Serves one WebSocket API as API Gateway does. Routes may come before or after stages.
 * @param api With the path of the member of a JSON message that selects its route: `['action']`.
 */
export function createWebSocketGateway(
  ports: GatewayPorts,
  { id: apiId, selection }: { readonly id: string; readonly selection: readonly string[] },
  limits: ConnectionLimits = gatewayLimits,
): { addRoute(route: WebSocketRoute): void; stage(stage: Stage): WebSocketStage } {
  const routes = new Map<string, WebSocketRoute>();

  /** @returns undefined when the integration's time is up */
  const invoke = ({ functionArn, timeoutMs }: WebSocketRoute, event: object) =>
    withinTime(ports.functions.invoke(functionArn, event), timeoutMs);

  function serve({ name, throttling }: Stage): WebSocketStage {
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
      const { host: domainName = '', 'user-agent': userAgent = '' } = request.headers;
      const [connectionId, sourceIp, connectedAt] = [gatewayId(), sourceIpOf(request), Date.now()];
      const client = { apiId, stage: name, domainName, connectionId, connectedAt, sourceIp, userAgent };
      const { requestId, event } = connectEvent(client, request);
      const { status, protocol } = isHandshake(request) ? await admit(event) : { status: 200 };
      if (status < 200 || status > 299) return refuse(socket, status, { connectionId, requestId });
      if (protocol !== undefined) protocols.set(request, String(protocol));
      if (socket.destroyed) return disconnected(client, 1006, '');
      server.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = webSocketConnection(webSocket, request, client, ports, limits, {
          message(text) {
            receive(connection, text).catch((error) => {
              const message = 'A WebSocket message was not answered';
              ports.log({ level: 'error', message, error: String(error) });
            });
          },
          close(code, reason) {
            connections.delete(connectionId);
            disconnected(client, code, reason);
          },
        });
        connections.set(connectionId, connection);
      });
    }

    async function admit(event: object): Promise<Answer> {
      const route = routes.get('$connect');
      if (!allow('$connect')) return { status: 429 };
      return route ? answerOf(await invoke(route, event)) : { status: 200 };
    }

    async function receive(connection: WebSocketConnection, text: string): Promise<void> {
      const selected = selectedRoute(text, selection);
      // What begins with $ is for the gateway's own events.
      const named = selected?.startsWith('$') ? undefined : routes.get(selected ?? '');
      const route = named ?? routes.get('$default');
      const { requestId, event } = messageEvent(connection.client, route?.key ?? '', text);
      const { connectionId } = connection.client;
      const report = (message: string) => {
        // The client may have left meanwhile.
        if (!connection.isOpen()) return;
        connection.send(Buffer.from(JSON.stringify({ message, connectionId, requestId })));
      };
      if (!route) return report('Forbidden');
      if (!allow(route.key)) return report('Too Many Requests');

      const invocation = await invoke(route, event);
      if (!invocation) return report('Endpoint request timed out');
      if (!invocation.ok) report('Internal server error');
    }

    /** Best effort, as on AWS: nobody waits for it, nothing repeats it. */
    function disconnected(client: Client, code: number, reason: string): void {
      const route = routes.get('$disconnect');
      if (route && !isStopped) void invoke(route, disconnectEvent(client, code, reason).event);
    }

    return {
      apiId,
      connections,
      matches: ({ url = '/' }) => /^\/([^/?]*)\/?(\?|$)/.exec(url)?.[1] === name,
      async handle(_, response) {
        response
          .writeHead(426, { 'content-type': 'application/json', connection: 'upgrade', upgrade: 'websocket' })
          .end(JSON.stringify({ message: 'This is a WebSocket API' }));
      },
      upgrade(request, socket, head) {
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

  return { addRoute: (route) => void routes.set(route.key, route), stage: serve };
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

/** What $connect says of a handshake. */
interface Answer {
  readonly status: number;
  readonly protocol?: unknown;
}

function answerOf(invocation: Invocation | undefined): Answer {
  if (!invocation) return { status: 504 };
  if (!invocation.ok) return { status: 500 };
  const { statusCode, headers } = (invocation.payload ?? {}) as Readonly<Record<string, unknown>>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return { status: 500 };
  const isProtocol = ([header]: [string, unknown]) => header.toLowerCase() === 'sec-websocket-protocol';
  return { status, protocol: Object.entries(headers ?? {}).find(isProtocol)?.[1] };
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

function refuse(socket: Duplex, status: number, ids: object): void {
  const special: Record<number, string> = { 500: 'Internal server error', 504: 'Endpoint request timed out' };
  const message = special[status] ?? STATUS_CODES[status] ?? 'Forbidden';
  const body = JSON.stringify({ message, ...ids });
  const head = [
    `HTTP/1.1 ${status} ${message}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
