import { AbortedError, OrderRefusedError, UnreachableError } from './errors.ts';
import type { Platform } from './platform.ts';
import type { Problem } from './protocol.ts';

/** Address of the API and credentials of the caller. */
export interface ApiOptions {
  /** Base URL of the API, for example `https://api.example.com/api`. In a browser it may be a path. */
  readonly baseUrl: string;
  /**
   * Access token, or a function that returns one. The function is called before every request, so it may renew the
   * token. If it fails, the request counts as unanswered and is retried like any other.
   */
  readonly token: string | (() => string | Promise<string>);
}

/** One request. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST';
  /** URL relative to the API's origin, as in the API's answers. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds after which the request counts as lost.
   * @default the longest time that the API may take
   */
  readonly limitMs?: number;
}

/** A successful answer or a 304. */
export interface ApiAnswer<Body> {
  /** Undefined with a 304. */
  readonly body: Body | undefined;
  readonly etag: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** Sends requests to the API. */
export interface Http {
  /** Path of the base URL. */
  readonly basePath: string;
  /**
   * @throws OrderRefusedError when the API refuses
   * @throws UnreachableError when no answer or no token arrives
   * @throws AbortedError when the signal is aborted
   */
  send<Body>(request: ApiRequest): Promise<ApiAnswer<Body>>;
}

/** API Gateway gives a function 30 s; an answer that takes longer never comes. */
const answerLimitMs = 35_000;

/** Sends requests with the caller's token and turns refusals into errors. */
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
      // Inside the try: the token issuer can be unreachable too.
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

/** Keeps the token from any other origin, whatever a stored or received URL says. */
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
  // A captive portal answers 200 too.
  if (ok && text && !body) throw new UnreachableError(`The answer to ${response.url} is not the API's.`);
  return { body: body as Body | undefined, etag: headers.get('etag') ?? undefined, retryAfterMs };
}

/** What this client reads of any JSON body. */
interface JsonBody {
  readonly message?: unknown;
  readonly code?: string;
}

function objectIn(text: string): JsonBody | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' ? (value ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

/** The gateway answers some refusals itself, with `{ "message" }`. */
function problemIn({ status, headers }: Response, body: JsonBody | undefined): Problem {
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

/** Codes for refusals of the gateway, the same as the API's own. */
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

/** Whether the same request may succeed later: no answer, too many requests, or a server error. */
export const isTransient = (error: unknown): boolean =>
  error instanceof UnreachableError ||
  (error instanceof OrderRefusedError && (error.status >= 500 || error.status === 429));
