import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Log } from './log.ts';
import { foreignHost, foreignOrigin } from './loopback-names.ts';
import { type LoopbackServer, listen } from './loopback-server.ts';

/** A handler on the public port. */
export interface PublicRoute {
  matches(request: IncomingMessage): boolean;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Present where the route also takes WebSocket upgrades. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** The server of deployed APIs, the issuer and the control routes. */
export interface PublicEndpoint extends LoopbackServer {
  /** Adds a handler; the first that matches a request serves it. */
  mount(route: PublicRoute): void;
  /**
   * Lets clients in, and puts routes before all others. Until then every request is answered 503, so that clients
   * of a restarted cloud wait instead of taking a 404 for an answer.
   */
  open(...first: readonly PublicRoute[]): void;
}

/** Starts the public port with nothing mounted. */
export async function startPublicEndpoint(port: number, log: Log): Promise<PublicEndpoint> {
  const routes: PublicRoute[] = [];
  let isOpen = false;

  const server = createServer((request, response) => {
    const foreign = foreignHost(request.headers) ?? (isControl(request) && foreignOrigin(request.headers));
    if (foreign) return answer(response, 403, foreign);
    const route = routes.find((candidate) => candidate.matches(request));
    if (!isOpen) return answer(response, 503, 'The local cloud is starting', { 'retry-after': '1' });
    if (!route) return answer(response, 404, `Nothing answers ${request.method} ${pathOf(request)}`);
    route.handle(request, response).catch((error: unknown) => {
      if (!response.destroyed) {
        const [path, stack] = [pathOf(request), String((error as Error)?.stack ?? error)];
        log({ level: 'error', message: 'A handler of the public port failed', path, error: stack });
      }
      if (response.headersSent) response.destroy();
      else answer(response, 500, 'Internal Server Error');
    });
  });

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const foreign = foreignHost(request.headers);
    if (foreign) return refuseUpgrade(socket, '403 Forbidden', foreign);
    if (!isOpen) return refuseUpgrade(socket, '503 Service Unavailable');
    const route = routes.find((candidate) => candidate.upgrade && candidate.matches(request));
    if (!route?.upgrade) return refuseUpgrade(socket, '404 Not Found');
    route.upgrade(request, socket, head);
  });

  return {
    ...(await listen(server, port, '--port')),
    mount: (route) => void routes.push(route),
    open: (...first) => {
      routes.unshift(...first);
      isOpen = true;
    },
  };
}

function answer(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ message }));
}

function refuseUpgrade(socket: Duplex, status: string, message = ''): void {
  const length = Buffer.byteLength(message);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n${message}`);
}

/** Control routes hand out tokens. The deployed APIs answer pages of any origin, as on AWS. */
function isControl({ url = '' }: IncomingMessage): boolean {
  return /^\/_local(\/|\?|$)/.test(url);
}

/** Without the query, which may hold a ticket. */
function pathOf(request: IncomingMessage): string {
  return request.url?.split('?')[0] ?? '/';
}
