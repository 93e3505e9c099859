import { type AddressInfo, createServer } from 'node:net';

/** A port of this machine that counts who comes. */
export interface Receiver {
  readonly port: number;
  /** Connections so far, whatever was spoken over them. */
  readonly connections: number;
  stop(): Promise<void>;
}

/** Listens to all addresses of this machine. */
export async function startReceiver(): Promise<Receiver> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
