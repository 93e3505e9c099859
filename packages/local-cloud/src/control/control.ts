import type { IncomingMessage } from 'node:http';
import { type TokenRequest, tokenUses } from '../cognito/issuer.ts';
import type { FaultRequest, Faults } from '../faults/faults.ts';
import type { Usage } from '../usage/usage.ts';
import type { Log } from '../wire/log.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';

/** What the control routes work with. */
export interface ControlPorts {
  readonly faults: Pick<Faults, 'add' | 'clear' | 'injected' | 'remove' | 'struck'>;
  readonly usage: Pick<Usage, 'report' | 'reset'>;
  readonly log: Log;
  /** The e-mails that SES accepted, oldest first. */
  inbox(): readonly object[];
  token(request: TokenRequest): Promise<string>;
  /** The project's own views by name; each gives what `GET /_local/<name>` answers. */
  readonly views: Readonly<Record<string, (query: URLSearchParams) => unknown>>;
  /** Ends this process as SIGKILL does and starts it anew. */
  restart?(): void;
}

/** Names below `/_local/` that are taken. */
export const controlRoutes = ['token', 'faults', 'usage', 'inbox', 'restart'];

type Answer = { readonly status: number; readonly body?: unknown; readonly afterwards?: () => void };
/** Gives nothing when it is done and has nothing to say. */
type Action = (request: IncomingMessage, query: URLSearchParams) => Promise<Answer> | Answer | undefined;

/** `/_local/…`: how tests and people control this machine. */
export function createControl(ports: ControlPorts): PublicRoute {
  const { faults, usage, log, inbox, token, views, restart } = ports;
  const own: Readonly<Record<string, Readonly<Record<string, Action>>>> = {
    token: {
      GET: async (_, query) => {
        const [sub, scope, given] = [query.get('sub') || 'demo', query.get('scope'), query.get('use')];
        const use = tokenUses.find((candidate) => candidate === (given ?? 'access'));
        if (!use) return refused(400, `use is ${given}; allowed: ${tokenUses.join(', ')}`);
        return ok({ token: await token({ sub, use, ...(scope !== null && { scope }) }) });
      },
    },
    faults: {
      GET: () => ok({ struck: faults.struck(), injected: faults.injected() }),
      POST: async (request) => {
        try {
          return { status: 201, body: { id: faults.add((await jsonBody(request)) as FaultRequest) } };
        } catch (error) {
          return refused(400, (error as Error).message);
        }
      },
      DELETE: (_, query) => {
        const id = query.get('id');
        if (id === null) faults.clear();
        else faults.remove(id);
        return undefined;
      },
    },
    usage: {
      GET: () => ok(usage.report()),
      DELETE: () => void usage.reset(),
    },
    inbox: { GET: (_, query) => ok(inbox().slice(-Number(query.get('limit') ?? Infinity))) },
    restart: {
      POST: () =>
        restart
          ? { status: 202, afterwards: restart }
          : refused(501, 'This local cloud runs inside another program, which alone can restart it'),
    },
  };
  const routes = new Map(Object.entries(own));
  for (const [name, view] of Object.entries(views)) {
    routes.set(name, {
      GET: async (_, query) => {
        try {
          return ok(await view(query));
        } catch (error) {
          log({ level: 'error', message: `The view ${name} failed`, error: String((error as Error)?.stack) });
          return refused(500, `The view ${name} failed; the log says why`);
        }
      },
    });
  }
  const methodsOf = ({ url = '' }: IncomingMessage) =>
    routes.get(/^\/_local\/([^/?]+)(\?|$)/.exec(url)?.[1] ?? '');

  return {
    matches: (request) => methodsOf(request) !== undefined,
    async handle(request, response) {
      const methods = methodsOf(request) ?? {};
      const [, query] = (request.url ?? '').split('?');
      const action = methods[request.method ?? ''];
      const { status, body, afterwards }: Answer = action
        ? ((await action(request, new URLSearchParams(query))) ?? { status: 204 })
        : refused(405, `Method not allowed; allowed: ${Object.keys(methods).join(', ')}`);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? undefined : JSON.stringify(body), afterwards);
    },
  };
}

async function jsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Error('The body must be JSON, for example {"target":"socket","effect":"drop","times":1}');
  }
}

const ok = (body: unknown): Answer => ({ status: 200, body });
const refused = (status: number, message: string): Answer => ({ status, body: { message } });
