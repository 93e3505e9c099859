import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type WebSocket, WebSocketServer } from 'ws';
import { type ClientMessage, messageOf } from '../../../../domain/protocol/live-protocol.ts';
import type { StatusDocument } from '../../../../domain/protocol/protocol.ts';
import { soon } from './until.ts';

/** A status document, before it is known how the job stands. */
export type JobChange = Partial<StatusDocument>;

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An answer that replaces the contract's. */
export interface PlannedAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  /** Text is sent as it is. */
  readonly body?: object | string;
}

/** What goes wrong, until it is set back. */
export interface Faults {
  /** So many next requests are carried out, but their answers are lost. */
  lostAnswers: number;
  /** Answers to the next requests, which are not carried out. */
  answers: PlannedAnswer[];
  /** Answers carry no `updatesUrl`. */
  noUpdatesUrl: boolean;
  /** Handshakes are refused. */
  noHandshake: boolean;
  /** Reason to refuse subscriptions. */
  refusal: string | undefined;
  /** Messages are noted, not answered. */
  silent: boolean;
  /** Changes are not pushed. */
  noPush: boolean;
  /** Pages of other origins may not see the answers. */
  noCors: boolean;
  /** What the server's clock shows: it stands. */
  date: string | undefined;
}

/** The contract on a free port: no work is done, a test moves the jobs. */
export interface OrdersServer {
  readonly baseUrl: string;
  readonly requests: readonly ReceivedRequest[];
  /** What clients sent over sockets. */
  readonly messages: readonly ClientMessage[];
  readonly jobs: ReadonlyMap<string, StatusDocument>;
  readonly faults: Faults;
  /** Sockets that are open. */
  sockets(): number;
  /** Questions of browsers whether a page may send a request. */
  preflights(): number;
  /** Makes a job that nobody submitted. */
  create(): StatusDocument;
  /** Makes the next version of a job and tells its watchers. */
  move(jobId: string, change: Partial<StatusDocument>): StatusDocument;
  /** Sends something to all sockets, contract or not. */
  send(message: object): void;
  /** Cuts all sockets without a close frame. */
  dropSockets(): void;
  /** Reads nothing more from any socket, so that no close frame is answered. */
  pauseSockets(): void;
  /**
   * Waits until a condition holds; it is looked at whenever something has arrived or left.
   *
   * @throws Error with the condition when it does not come to hold
   */
  until(condition: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server of the contract. */
export async function startOrdersServer(): Promise<OrdersServer> {
  const requests: ReceivedRequest[] = [];
  const messages: ClientMessage[] = [];
  const jobs = new Map<string, StatusDocument>();
  const keys = new Map<string, string>();
  const watchers = new Map<WebSocket, Set<string>>();
  const waiting = new Set<() => void>();
  const faults: Faults = {
    lostAnswers: 0,
    answers: [],
    noUpdatesUrl: false,
    noHandshake: false,
    refusal: undefined,
    silent: false,
    noPush: false,
    noCors: false,
    date: undefined,
  };
  const changed = () => {
    for (const look of waiting) look();
  };

  let preflights = 0;

  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    if (method === 'OPTIONS' && !faults.noCors) {
      preflights++;
      response.writeHead(204, cors).end();
      return;
    }
    const received = { method, url, headers, body: await text(request) };
    requests.push(received);
    changed();
    const answer = faults.answers.shift() ?? carryOut(received);
    if (faults.lostAnswers > 0) {
      faults.lostAnswers--;
      request.socket.destroy();
    } else {
      const date = faults.date && { date: new Date(faults.date).toUTCString() };
      const headers = { ...(!faults.noCors && cors), ...date, ...answer.headers };
      send(response, { ...answer, headers });
    }
    changed();
  });
  const socketServer = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    requests.push({ method: 'UPGRADE', url: request.url ?? '', headers: request.headers, body: '' });
    if (faults.noHandshake) socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
    else socketServer.handleUpgrade(request, socket, head, welcome);
    changed();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  function create(): StatusDocument {
    const jobId = crypto.randomUUID();
    const job: StatusDocument = {
      jobId,
      status: 'queued',
      progress: 0,
      version: 1,
      steps: [{ name: 'validation', status: 'pending' }],
      updatesUrl: `ws://127.0.0.1:${port}/live?jobId=${jobId}&ticket=ticket%2B1`,
      createdAt: '2026-01-20T15:30:00.000Z',
      updatedAt: '2026-01-20T15:30:00.000Z',
      expiresAt: '2026-02-20T15:30:00.000Z',
    };
    jobs.set(jobId, job);
    return job;
  }

  function move(jobId: string, change: Partial<StatusDocument>): StatusDocument {
    const job = jobOf(jobId);
    const moved = { ...job, ...change, version: job.version + 1 };
    jobs.set(jobId, moved);
    if (faults.noPush) return moved;
    for (const [socket, watched] of watchers) {
      if (watched.has(jobId)) socket.send(JSON.stringify(messageOf(moved)));
    }
    return moved;
  }

  function jobOf(jobId: string): StatusDocument {
    const job = jobs.get(jobId);
    if (!job) throw new Error(`There is no job ${jobId}.`);
    return job;
  }

  function carryOut({ method, url, headers, body }: ReceivedRequest): PlannedAnswer {
    const [, jobId = '', action] = /^\/api\/orders\/status\/([^/]+)(?:\/(\w+))?$/.exec(url) ?? [];
    if (method === 'POST' && url === '/api/orders') return accept(String(headers['idempotency-key']), body);
    if (method === 'POST' && action) return { status: 202, body: shown(acted(jobOf(jobId), action)) };
    if (url.startsWith('/api/orders?') || url === '/api/orders') {
      return { status: 200, body: { items: [...jobs.values()].map(shown) } };
    }
    const [, orderId] = /^\/api\/orders\/([^/]+)$/.exec(url) ?? [];
    if (orderId) return { status: 200, body: { orderId } };
    const job = jobs.get(jobId);
    if (!job) return problem(404, 'not_found');
    const fresh = { etag: `"${job.version}"`, 'retry-after': '2' };
    return headers['if-none-match'] === fresh.etag
      ? { status: 304, headers: fresh }
      : { status: 200, headers: fresh, body: shown(job) };
  }

  /** Cancelling and redriving again changes nothing. */
  function acted(job: StatusDocument, action: string): StatusDocument {
    if (action === 'cancel') return 'cancelling' in job ? job : move(job.jobId, cancelling);
    return job.status === 'failed' ? move(job.jobId, { status: 'processing', error: undefined }) : job;
  }

  function accept(key: string, body: string): PlannedAnswer {
    const jobId = keys.get(key) ?? create().jobId;
    keys.set(key, jobId);
    if (!body) return problem(400, 'malformed_body');
    const { status, updatesUrl } = shown(jobOf(jobId));
    const statusUrl = `/api/orders/status/${jobId}`;
    return {
      status: 202,
      headers: { location: statusUrl, 'retry-after': '1' },
      body: { jobId, status, statusUrl, updatesUrl },
    };
  }

  function shown({
    updatesUrl,
    ...job
  }: StatusDocument): Omit<StatusDocument, 'updatesUrl'> & { updatesUrl?: string } {
    return faults.noUpdatesUrl ? job : { ...job, updatesUrl };
  }

  function welcome(socket: WebSocket): void {
    watchers.set(socket, new Set());
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as ClientMessage;
      messages.push(message);
      if (!faults.silent) answer(socket, message);
      changed();
    });
    socket.on('close', () => {
      watchers.delete(socket);
      changed();
    });
    socket.on('error', () => {});
    changed();
  }

  function answer(socket: WebSocket, message: ClientMessage): void {
    if (message.action === 'ping') socket.send('{"type":"pong"}');
    if (message.action !== 'subscribe') return;
    const { jobId, ticket, sinceVersion = 0 } = message;
    const reason = ticket === 'ticket+1' ? faults.refusal : 'The ticket is wrong.';
    if (reason) {
      socket.send(JSON.stringify({ type: 'refused', reason, jobId }));
      return;
    }
    watchers.get(socket)?.add(jobId);
    const job = jobOf(jobId);
    if (job.version > sinceVersion) socket.send(JSON.stringify(messageOf(job)));
  }

  return {
    baseUrl: `http://127.0.0.1:${port}/api`,
    requests,
    messages,
    jobs,
    faults,
    sockets: () => watchers.size,
    preflights: () => preflights,
    create,
    move,
    send(message) {
      for (const socket of watchers.keys()) socket.send(JSON.stringify(message));
    },
    dropSockets() {
      for (const socket of watchers.keys()) socket.terminate();
    },
    pauseSockets() {
      for (const socket of watchers.keys()) socket.pause();
    },
    until: (condition) =>
      soon(
        new Promise((resolve) => {
          const look = () => {
            if (!condition()) return;
            waiting.delete(look);
            resolve();
          };
          waiting.add(look);
          look();
        }),
        () => `This does not come to hold: ${condition}`,
      ),
    async stop() {
      for (const socket of watchers.keys()) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As the deployed API answers pages of other origins. */
const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, content-type, idempotency-key, if-none-match',
  'access-control-expose-headers': 'etag, location, retry-after, idempotency-replayed, x-request-id',
};

const cancelling: object = { cancelling: true };

function problem(status: number, code: string): PlannedAnswer {
  const body = { type: 'about:blank', title: code, status, detail: `It is ${code}.`, code, requestId: 'r-1' };
  return { status, headers: { 'content-type': 'application/problem+json' }, body };
}

function send(response: ServerResponse, { status, headers, body }: PlannedAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'r-1', ...headers });
  response.end(typeof body === 'object' ? JSON.stringify(body) : body);
}
