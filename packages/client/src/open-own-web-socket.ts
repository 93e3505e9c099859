import type { WebSocketLike } from './web-socket-like.ts';

/** Opens the platform's own WebSocket. The build for Node.js has `open-own-web-socket.node.ts` in its place. */
export const openOwnWebSocket = (url: string): WebSocketLike => new globalThis.WebSocket(url);
