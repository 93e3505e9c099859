/** The part of a WebSocket that this client uses. Browsers, React Native, Node.js and the package `ws` have it. */
export interface WebSocketLike {
  send(data: string): void;
  close(): void;
  // biome-ignore lint/suspicious/noExplicitAny: the implementations' event types have no common base
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: any) => void): void;
}

/** Opens a WebSocket. */
export type WebSocketConstructor = new (url: string) => WebSocketLike;
