import type { WebSocketConstructor, WebSocketLike } from './web-socket-like.ts';

const agentSymbol = Symbol.for('undici.globalDispatcher.1');

/** What this client knows of the HTTP agent of Node.js. */
interface Agent {
  dispatch(request: object, handler: Record<PropertyKey, (...args: unknown[]) => unknown>): boolean;
}

/** A WebSocket that can end without waiting for the server, as that of the package `ws`. */
type Socket = WebSocketLike & { terminate?(): void };

/** Time for the server to answer a close frame. */
const closeMs = 1_000;

/**
 * Opens a WebSocket, and ends its connection when the server does not answer the close frame. Otherwise such a server
 * keeps the process alive.
 *
 * @throws Error if there is no WebSocket, or the URL is invalid
 */
export function openWebSocket(url: string, WebSocket?: WebSocketConstructor): WebSocketLike {
  const socket: Socket = WebSocket ? new WebSocket(url) : openOwn(url);
  const close = socket.close.bind(socket);
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  socket.close = () => {
    close();
    if (!isClosed) timer ??= setTimeout(() => socket.terminate?.(), closeMs);
  };
  socket.addEventListener('close', () => {
    isClosed = true;
    clearTimeout(timer);
  });
  return socket;
}

/**
 * The WebSocket of Node.js waits for the server's close frame without a limit, and has no `terminate`. Its agent hands the
 * TCP socket over with the upgrade, so `terminate` is added. https://undici.nodejs.org/#/docs/api/WebSocket
 */
function openOwn(url: string): Socket {
  const Own = globalThis.WebSocket as unknown as new (url: string, options?: object) => WebSocketLike;
  const agent = (globalThis as { [agentSymbol]?: Agent })[agentSymbol];
  if (!agent) return new Own(url);
  let tcp: { destroy(): void } | undefined;
  const dispatcher: Agent = {
    dispatch: (request, handler) =>
      agent.dispatch(
        request,
        new Proxy(handler, {
          get: (target, name) =>
            /upgrade/i.test(String(name)) && target[name]
              ? (...args: unknown[]) => {
                  tcp = args.at(-1) as typeof tcp;
                  return target[name]?.(...args);
                }
              : target[name],
        }),
      ),
  };
  try {
    return Object.assign(new Own(url, { dispatcher }), { terminate: () => tcp?.destroy() });
  } catch {
    // The URL is invalid, or this is another WebSocket, which takes the options for a subprotocol.
    return new Own(url);
  }
}
