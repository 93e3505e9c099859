import type { WebSocketConstructor, WebSocketLike } from './web-socket-like.ts';

/**
 * Opens a WebSocket. The build for Node.js has `open-web-socket.node.ts` in its place.
 *
 * @throws Error if there is no WebSocket, or the URL is invalid
 */
export const openWebSocket = (url: string, WebSocket?: WebSocketConstructor): WebSocketLike =>
  new (WebSocket ?? globalThis.WebSocket)(url);
