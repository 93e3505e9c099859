import type { ServerMessage } from '../../domain/protocol/live-protocol.ts';

/** Open connections of the WebSocket API. */
export interface Sockets {
  /** @returns false if the connection is closed */
  post(connectionId: string, message: ServerMessage): Promise<boolean>;
  isOpen(connectionId: string): Promise<boolean>;
}
