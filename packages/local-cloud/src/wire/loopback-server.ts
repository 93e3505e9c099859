import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A server that answers on the loopback interface. */
export interface LoopbackServer {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Drops every connection, in flight or upgraded, and frees the port. */
  stop(): Promise<void>;
}

/**
 * Makes a server listen on 127.0.0.1.
 * @param option The command-line option the port came from, for the error text.
 * @throws Error when the port is taken or not allowed.
 */
export async function listen(server: Server, port: number, option: string): Promise<LoopbackServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new Error(refusal(error, port, option))));
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function refusal({ code, message }: NodeJS.ErrnoException, port: number, option: string): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use: choose another with ${option}, or 0 for a free one`;
  if (code === 'EACCES')
    return `Port ${port} is not allowed for this user: choose one from 1024 with ${option}, or 0 for a free one`;
  return `Cannot listen on port ${port} (${option}): ${message}`;
}
