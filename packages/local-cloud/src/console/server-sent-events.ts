import type { ServerResponse } from 'node:http';

/**
 * Sends a snapshot to every client: at once, and then whenever it has changed. With no client it is not looked at.
 * @param everyMs Pause between two looks.
 * @returns serves one client until it leaves
 */
export function serverSentEvents(snapshot: () => object, everyMs = 500): (response: ServerResponse) => void {
  const clients = new Set<ServerResponse>();
  let timer: NodeJS.Timeout | undefined;
  let sent = '';

  function look(): void {
    const text = JSON.stringify(snapshot());
    if (text === sent) return;
    sent = text;
    for (const client of clients) send(client);
  }

  /** A client that reads too slowly gets the next snapshot instead. */
  const send = (client: ServerResponse) =>
    void (client.writableNeedDrain || client.write(`data: ${sent}\n\n`));

  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    look();
    send(response);
    clients.add(response);
    timer ??= setInterval(look, everyMs).unref();
    response.once('close', () => {
      clients.delete(response);
      if (clients.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    });
  };
}
