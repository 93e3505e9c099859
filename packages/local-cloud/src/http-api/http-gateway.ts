import type { IncomingMessage } from 'node:http';
import type { Integration, Stage } from '../api-gateway/api-gateway-kinds.ts';
import { gatewayId } from '../api-gateway/request-context.ts';
import { withinTime } from '../api-gateway/within-time.ts';
import type { Issuer } from '../cognito/issuer.ts';
import type { Functions } from '../lambda/functions.ts';
import type { Usage } from '../usage/usage.ts';
import type { Log } from '../wire/log.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';
import { throttle } from '../wire/throttle.ts';
import { type Cors, isPreflight, withCors } from './cors.ts';
import { httpEvent } from './http-event.ts';
import { type GatewayResponse, httpResponse, refuse, writeResponse } from './http-response.ts';
import { bySpecificity, parseRouteKey, type RoutePattern, selectRoute } from './http-route.ts';
import { authorize, type JwtAuthorizer } from './jwt-authorizer.ts';

/** A route of an HTTP API and what it leads to. */
export interface HttpRoute extends Integration {
  readonly key: string;
  readonly authorizer?: JwtAuthorizer;
  /** One of these must be in the token, if there are any. */
  readonly scopes?: readonly string[];
}

/** What the gateway works with. */
export interface HttpGatewayPorts {
  readonly functions: Pick<Functions, 'invoke'>;
  readonly usage: Pick<Usage, 'message'>;
  readonly log: Log;
  /** Checks access tokens. */
  readonly verify: Issuer['verify'];
}

/** API Gateway's limit on a request body. */
const maxBodyBytes = 10 * 1024 * 1024;

/**
 * Serves one HTTP API as API Gateway does: route selection, throttling, JWT, payload format 2.0.
 * Routes may come before or after stages.
 */
export function createHttpGateway(
  { functions, usage, log, verify }: HttpGatewayPorts,
  { id: apiId, cors }: { readonly id: string; readonly cors?: Cors },
): { addRoute(route: HttpRoute): void; stage(stage: Stage): PublicRoute } {
  const routes: (HttpRoute & RoutePattern)[] = [];

  function serve({ name, throttling }: Stage): PublicRoute {
    const base = name === '$default' ? '' : `/${name}`;
    const allow = throttle(throttling);

    async function respond(message: IncomingMessage, requestId: string): Promise<GatewayResponse> {
      const [target, query] = splitUrl(message);
      const path = decoded(target);
      if (path === undefined) return refuse(400);
      const match = selectRoute(routes, message.method ?? 'GET', path.slice(base.length) || '/');
      // A route that takes OPTIONS, such as ANY or $default, takes preflights too.
      if (!match) return cors && isPreflight(message) ? { status: 204, headers: {}, body: '' } : refuse(404);
      const { key, authorizer, scopes = [], functionArn, timeoutMs } = match.route;
      if (!allow(key)) return refuse(429);
      const identity = authorizer && (await authorize(message, query, authorizer, scopes, verify));
      if (identity && 'status' in identity) return identity;
      const body = await readBody(message);
      if (!body) return refuse(413, { connection: 'close' });

      const { parameters } = match;
      const where = { apiId, stage: name, requestId, routeKey: key };
      const event = httpEvent(message, { ...where, path, query, parameters, identity, body }, new Date());
      const ending = await withinTime(functions.invoke(functionArn, event), timeoutMs);
      if (!ending) return refuse(503);
      if (ending.ok) return httpResponse(ending.payload);
      if (ending.kind === 'throttled') return refuse(503);
      return refuse(ending.errorType === 'RequestEntityTooLargeException' ? 413 : 500);
    }

    return {
      matches(message) {
        const [path] = splitUrl(message);
        return path === base || path.startsWith(`${base}/`);
      },
      async handle(message, response) {
        usage.message('http');
        const requestId = gatewayId();
        const answer = await respond(message, requestId).catch((error: Error) => {
          // A client that went away in the middle of its body is nobody's failure.
          if (!message.destroyed)
            log({ level: 'error', message: 'The HTTP gateway failed', error: String(error.stack) });
          return refuse(500);
        });
        writeResponse(message, response, cors ? withCors(answer, cors, message) : answer, requestId);
      },
    };
  }

  return {
    addRoute(route) {
      routes.push({ ...route, ...parseRouteKey(route.key) });
      routes.sort(bySpecificity);
    },
    stage: serve,
  };
}

/** @returns undefined when the body is too large */
async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(message.headers['content-length'] ?? 0) > maxBodyBytes) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function splitUrl({ url = '/' }: IncomingMessage): [path: string, query: string] {
  const mark = url.indexOf('?');
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
