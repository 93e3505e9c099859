import WebSocket from 'ws';
import type { ServerMessage } from '../../domain/protocol/live-protocol.ts';
import { subscription } from '../e2e/support/watcher.ts';
import type { Sightings } from './sightings.ts';

/** Somebody who watches a job over whatever connections it takes. */
export interface ChaosWatcher {
  readonly jobId: string;
  /** The newest version that it was told of. */
  version(): number;
  stop(): void;
}

/** Before the next connection, or the next subscription on this one. */
const pauseMs = 150;

let connections = 0;

/** Watches an `updatesUrl`: reconnects when the connection ends, and asks for what is newer than what it has. */
export function watch(updatesUrl: string, sightings: Sightings): ChaosWatcher {
  const jobId = new URL(updatesUrl).searchParams.get('jobId') ?? '';
  let newest = 0;
  let socket: WebSocket;
  let isStopped = false;

  function connect(): void {
    if (isStopped) return;
    const channel = `connection ${++connections}`;
    let kept = 0;
    socket = new WebSocket(updatesUrl);
    const subscribe = () => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(subscription(updatesUrl, newest)));
    };
    socket.on('open', subscribe);
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Partial<ServerMessage>;
      // The gateway's own words: the function behind it failed, and nobody subscribed us.
      if (message.type === undefined || message.type === 'refused')
        return void setTimeout(subscribe, pauseMs);
      if (!('job' in message) || message.job === undefined) return;
      // Delivery is at least once: what is not newer is dropped.
      if (message.job.version <= kept) return sightings.see(message.job);
      kept = message.job.version;
      newest = Math.max(newest, kept);
      sightings.see(message.job, channel);
    });
    // A refused handshake, or a server that is gone; `close` follows.
    socket.on('error', () => {});
    socket.on('close', () => setTimeout(connect, pauseMs));
  }

  connect();
  return {
    jobId,
    version: () => newest,
    stop() {
      isStopped = true;
      socket.terminate();
    },
  };
}
