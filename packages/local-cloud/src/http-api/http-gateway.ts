import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type SizeOf, throttle } from '../api-gateway/token-bucket.ts';
import { withinTime } from '../api-gateway/within-time.ts';
import type { Issuer } from '../cognito/issuer.ts';
import type { Functions, Invocation } from '../lambda/functions.ts';
import type { Usage } from '../usage/usage.ts';
import type { Log } from '../wire/log.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';
import { type Cors, corsHeaders, isPreflight } from './http-cors.ts';
import { type GatewayResponse, httpEvent, httpResponse } from './http-event.ts';
import { readBody, writeResponse } from './http-exchange.ts';
import { type GatewayRefusal, refusalResponse } from './http-refusal.ts';
import { bySpecificity, parseRouteKey, type RoutePattern, selectRoute } from './http-route.ts';
import { authorize, type JwtAuthorizer } from './jwt-authorizer.ts';

/** A route of an HTTP API and what it leads to. */
export interface HttpRoute {
  readonly key: string;
  readonly functionArn: string;
  /** Of the integration. */
  readonly timeoutMs: number;
  readonly authorizer?: JwtAuthorizer;
  /** One of these must be in the token, if there are any. */
  readonly scopes?: readonly string[];
}

/** A stage of an HTTP API. */
export interface HttpStage {
  /** Also the base path, except `$default`, which answers at the root. */
  readonly name: string;
  /** The limit of each route. */
  readonly throttling?: SizeOf;
}

/** One deployed HTTP API. Routes may come before or after stages. */
export interface HttpGateway {
  addRoute(route: HttpRoute): void;
  /** The handler of a stage, to be mounted on the public port. */
  stage(stage: HttpStage): PublicRoute;
}

/** What the gateway works with. */
export interface HttpGatewayPorts {
  readonly functions: Pick<Functions, 'invoke'>;
  readonly usage: Pick<Usage, 'message'>;
  readonly log: Log;
  /** Checks access tokens. */
  readonly verify: Issuer['verify'];
}

type Route = HttpRoute & RoutePattern;
type Answer = GatewayResponse | GatewayRefusal;

/** Serves one HTTP API as API Gateway does: route selection, throttling, JWT, payload format 2.0. */
export function createHttpGateway(
  { functions, usage, log, verify }: HttpGatewayPorts,
  api: { readonly id: string; readonly cors?: Cors },
): HttpGateway {
  const routes: Route[] = [];

  function serve({ name, throttling }: HttpStage): PublicRoute {
    const base = name === '$default' ? '' : `/${name}`;
    const allow = throttle(throttling);

    async function respond(message: IncomingMessage, requestId: string): Promise<Answer> {
      const { method = 'GET', headers } = message;
      const [target, query] = splitUrl(message);
      const path = decoded(target);
      if (path === undefined) return { status: 400 };
      if (api.cors && isPreflight(method, headers)) return { status: 204, headers: {}, body: '' };

      const match = selectRoute(routes, method, path.slice(base.length) || '/');
      if (!match) return { status: 404 };
      const { route, parameters } = match;
      if (!allow(route.key)) return { status: 429 };
      const identity = route.authorizer
        ? await authorize(
            { headers, query: new URLSearchParams(query) },
            route.authorizer,
            route.scopes ?? [],
            verify,
          )
        : undefined;
      if (identity && 'status' in identity) return identity;
      const body = await readBody(message);
      if (!body) return { status: 413, headers: { connection: 'close' } };

      const where = { apiId: api.id, stage: name, requestId, routeKey: route.key };
      const event = httpEvent(message, { ...where, path, query, parameters, identity, body }, new Date());
      const ending = await withinTime(functions.invoke(route.functionArn, event), route.timeoutMs);
      if (!ending) return { status: 503 };
      return ending.ok
        ? (httpResponse(ending.payload) ?? { status: 500 })
        : { status: refusalStatus(ending) };
    }

    return {
      matches(message) {
        const [path] = splitUrl(message);
        return path === base || path.startsWith(`${base}/`);
      },
      async handle(message, response) {
        usage.message('http');
        const requestId = `${randomBytes(11).toString('base64url')}=`;
        const answer = await respond(message, requestId).catch((error: unknown): Answer => {
          // A client that went away in the middle of its body is nobody's failure.
          if (!message.destroyed) {
            const message = 'The HTTP gateway failed';
            log({ level: 'error', message, error: String((error as Error)?.stack ?? error) });
          }
          return { status: 500 };
        });
        const ready = 'body' in answer ? answer : refusalResponse(answer);
        writeResponse(message, response, withCors(ready, message), requestId);
      },
    };
  }

  /** With a CORS configuration, what functions say about CORS does not count. */
  function withCors(
    response: GatewayResponse,
    { method = 'GET', headers }: IncomingMessage,
  ): GatewayResponse {
    if (!api.cors) return response;
    const own = Object.entries(response.headers).filter(([name]) => !name.startsWith('access-control-'));
    const cors = corsHeaders(api.cors, headers, isPreflight(method, headers));
    const [{ vary: ofFunction }, { vary: ofCors }] = [response.headers, cors];
    const vary = [ofFunction, ofCors].filter(Boolean).join(', ');
    return { ...response, headers: { ...Object.fromEntries(own), ...cors, ...(vary && { vary }) } };
  }

  return {
    addRoute(route) {
      if (routes.some(({ key }) => key === route.key)) throw new Error(`There are two routes ${route.key}`);
      routes.push({ ...route, ...parseRouteKey(route.key) });
      routes.sort(bySpecificity);
    },
    stage: serve,
  };
}

function refusalStatus({ kind, errorType }: Extract<Invocation, { ok: false }>): GatewayRefusal['status'] {
  if (kind === 'throttled') return 503;
  return errorType === 'RequestEntityTooLargeException' ? 413 : 500;
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
