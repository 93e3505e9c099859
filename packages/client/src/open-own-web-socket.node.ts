import type { WebSocketLike } from './web-socket-like.ts';

const agentSymbol = Symbol.for('undici.globalDispatcher.1');

/** What this client knows of the HTTP agent of Node.js. */
interface Agent {
  dispatch(request: object, handler: Record<PropertyKey, (...args: unknown[]) => unknown>): boolean;
}

/**
 * Opens the platform's own WebSocket. That of Node.js waits for the server's close frame without a limit, which keeps the
 * process alive, and has no `terminate`. Its agent hands the TCP socket over with the upgrade, so `terminate` is added.
 * https://undici.nodejs.org/#/docs/api/WebSocket
 */
export function openOwnWebSocket(url: string): WebSocketLike {
  const Socket = globalThis.WebSocket as unknown as new (url: string, options?: object) => WebSocketLike;
  const agent = (globalThis as { [agentSymbol]?: Agent })[agentSymbol];
  if (!agent) return new Socket(url);
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
    return Object.assign(new Socket(url, { dispatcher }), { terminate: () => tcp?.destroy() });
  } catch {
    // The URL is invalid, or this is another WebSocket, which takes the options for a subprotocol.
    return new Socket(url);
  }
}
