import { AbortedError, OrderRefusedError, UnreachableError } from './errors.ts';
import type { Platform } from './platform.ts';
import type { Problem } from './protocol.ts';

/** Where the API is and who calls it. */
export interface ApiOptions {
  /** Base URL of the API, for example `https://api.example.com/api`. In a browser it may be a path. */
  readonly baseUrl: string;
  /**
   * Access token, or a function that gives one. It is asked before every request, so that it may renew the token;
   * where it fails, the request counts as unanswered and is tried again like any other.
   */
  readonly token: string | (() => string | Promise<string>);
}

/** One request. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST';
  /** URL relative to the API's origin, as answers carry it. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds after which the request counts as lost.
   * @default what the API may take at most
   */
  readonly limitMs?: number;
}

/** A success or a 304. */
export interface ApiAnswer<Body> {
  /** Undefined with a 304. */
  readonly body: Body | undefined;
  readonly etag: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** Carries requests to the API. */
export interface Http {
  /** Base path of the API: what follows the origin in its base URL. */
  readonly basePath: string;
  /**
   * @throws OrderRefusedError when the API refuses
   * @throws UnreachableError when no answer arrives, or no token
   * @throws AbortedError when the signal is aborted
   */
  send<Body>(request: ApiRequest): Promise<ApiAnswer<Body>>;
}

/** API Gateway gives a function 30 s: what has not answered by then never will. */
const answerLimitMs = 35_000;

/** Requests with the caller's token; answers that are no success become errors. */
export function createHttp({ baseUrl, token }: ApiOptions, platform: Platform): Http {
  const [, origin = '', basePath = ''] = /^(\w+:\/\/[^/]+)?(.*?)\/*$/.exec(baseUrl) ?? [];

  async function send<Body>(request: ApiRequest): Promise<ApiAnswer<Body>> {
    const { method = 'GET', url, headers, body, signal, limitMs = answerLimitMs } = request;
    const target = sameOrigin(url, origin);
    const controller = new AbortController();
    let stopWaiting = (_: Error) => {};
    const stopped = new Promise<never>((_, reject) => {
      stopWaiting = reject;
    });
    stopped.catch(() => {});
    const abort = () => {
      controller.abort();
      stopWaiting(new Error('No token came in time.'));
    };
    const cancelLimit = platform.after(Math.min(limitMs, answerLimitMs), abort);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    try {
      // Inside, because whoever renews tokens may be out of reach just as the API may.
      const bearer = typeof token === 'function' ? await Promise.race([token(), stopped]) : token;
      const response = await platform.fetch(target, {
        method,
        headers: {
          ...headers,
          authorization: `Bearer ${bearer}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        signal: controller.signal,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return answerOf<Body>(response, await response.text(), platform.now());
    } catch (error) {
      if (error instanceof OrderRefusedError || error instanceof UnreachableError) throw error;
      if (signal?.aborted) throw new AbortedError(signal.reason);
      throw new UnreachableError(`${method} ${url} got no answer.`, { cause: error });
    } finally {
      cancelLimit();
      signal?.removeEventListener('abort', abort);
    }
  }

  return { basePath, send };
}

/** The token goes to the API's origin only, whatever a stored or answered URL says. */
function sameOrigin(url: string, origin: string): string {
  const path = origin && url.startsWith(`${origin}/`) ? url.slice(origin.length) : url;
  if (!/^\/(?![/\\])/.test(path))
    throw new TypeError(`${url} is not on the API's origin, ${origin || 'this page'}.`);
  return origin + path;
}

function answerOf<Body>(response: Response, text: string, now: number): ApiAnswer<Body> {
  const { status, ok, headers } = response;
  const body = objectIn(text);
  const retryAfterMs = millisecondsIn(headers.get('retry-after'), now);
  if (!ok && status !== 304) throw new OrderRefusedError(problemIn(response, body), retryAfterMs);
  // A captive portal says 200, too.
  if (ok && text && !body) throw new UnreachableError(`The answer to ${response.url} is not the API's.`);
  return { body: body as Body | undefined, etag: headers.get('etag') ?? undefined, retryAfterMs };
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' ? (value ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

/** The gateway answers some refusals itself, as `{ "message" }`. */
function problemIn({ status, headers }: Response, body: Record<string, unknown> | undefined): Problem {
  return {
    type: 'about:blank',
    title: `HTTP ${status}`,
    status,
    detail: String(body?.message ?? `The API answered with status ${status}.`),
    code: codes[status] ?? `http_${status}`,
    requestId: headers.get('x-request-id') ?? headers.get('apigw-requestid') ?? '',
    ...(typeof body?.code === 'string' && body),
  };
}

/** The API's own codes, for refusals of its gateway. */
const codes: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  413: 'body_too_large',
  429: 'too_many_requests',
};

/** Retry-After: seconds or a date (RFC 9110, 10.2.3). */
function millisecondsIn(retryAfter: string | null, now: number): number | undefined {
  if (!retryAfter) return undefined;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** Whether the same request may succeed later: no answer, too many requests, a fault of the server. */
export const isTransient = (error: unknown): boolean =>
  error instanceof UnreachableError ||
  (error instanceof OrderRefusedError && (error.status >= 500 || error.status === 429));
