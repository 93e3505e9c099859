import { updatesUrlOf } from '../../domain/job/status.ts';
import type { Changes } from '../ports/changes.ts';

/** Longest wait for the end of the connection, in milliseconds. It usually takes one round trip. */
const closeMs = 1_000;

/**
 * Changes of jobs from the WebSocket API, as any client of it gets them.
 *
 * @param config.liveUrl - `wss://…/live`
 */
export function createChanges({ liveUrl }: { readonly liveUrl: string }): Changes {
  return {
    async next(job, signal) {
      if (signal.aborted) return;
      const { jobId, ticket, version: sinceVersion } = job;
      const socket = new WebSocket(updatesUrlOf(job, { live: liveUrl }));
      const { promise: closed, resolve: leave } = Promise.withResolvers<void>();
      socket.addEventListener('close', () => leave());
      const send = (message: object) => socket.send(JSON.stringify(message));
      try {
        await new Promise<void>((resolve, reject) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
          socket.addEventListener('open', () => send({ action: 'subscribe', jobId, ticket, sinceVersion }));
          socket.addEventListener('message', ({ data }) => {
            const version = versionIn(String(data));
            if (version === undefined) reject(new Error(`The subscription was refused: ${data}`));
            else if (version > sinceVersion) resolve();
          });
          socket.addEventListener('error', () => reject(new Error('The WebSocket API cannot be reached.')));
          socket.addEventListener('close', ({ code }) =>
            reject(new Error(`The connection was closed: ${code}.`)),
          );
        });
      } finally {
        if (socket.readyState === WebSocket.OPEN) send({ action: 'unsubscribe', jobId });
        socket.close();
        // Lambda freezes the process after the answer. A connection left open would stay one of the job's few watchers.
        const late = setTimeout(leave, closeMs);
        await closed;
        clearTimeout(late);
      }
    },
  };
}

/** The version that a message shows; undefined if it is a refusal of the API or of its gateway. */
function versionIn(message: string): number | undefined {
  try {
    const { version } = JSON.parse(message) as { readonly version?: unknown };
    return typeof version === 'number' ? version : undefined;
  } catch {
    return undefined;
  }
}
