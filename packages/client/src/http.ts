import { OrderRefusedError, SignedOutError, UnreachableError, UsageError } from './errors.ts';
import type { Platform } from './platform.ts';
import { isFromApi, problemIn } from './problem-in.ts';
import { createServerClock, type ServerClock } from './server-clock.ts';
import { within } from './within.ts';

/** Why a token is needed. */
export interface TokenRequest {
  /** Whether the API refused the last one: do not return it again. */
  readonly refused: boolean;
}

/** Address of the API and credentials of the caller. */
export interface ApiOptions {
  /** Base URL of the API, for example `https://api.example.com/api`. In a page it may be a path. */
  readonly baseUrl: string;
  /**
   * Access token, or a function that returns one. The function is called before every request, and once more, with
   * `{ refused: true }`, when the API refused what it returned. If it fails, the request counts as unanswered and is
   * repeated, unless the failure is a mistake in the function itself.
   */
  readonly token: string | ((request: TokenRequest) => string | Promise<string>);
}

/** One request. */
export interface ApiRequest<Body> {
  readonly method?: 'GET' | 'POST';
  /** URL relative to the API's origin, as in the API's answers. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  /** Whether a body is the API's answer to this request. A portal answers 200 too. */
  is(body: Partial<Body>): boolean;
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
  readonly clock: ServerClock;
  /**
   * @throws OrderRefusedError when the API refuses
   * @throws SignedOutError when the API refuses the token, and the next one
   * @throws UnreachableError when no answer of the API, or no token, arrives
   * @throws UsageError when no repetition mends the request
   * @throws AbortedError when the signal is aborted
   */
  send<Body>(request: ApiRequest<Body>): Promise<ApiAnswer<Body>>;
}

/** API Gateway gives a function 30 s; an answer that takes longer never comes. */
const answerLimitMs = 35_000;

/** Sends requests with the caller's token and turns refusals into errors. */
export function createHttp({ baseUrl, token }: ApiOptions, platform: Platform): Http {
  const [, given = '', basePath = ''] = /^(https?:\/\/[^/\s]+)?(.*?)\/*$/.exec(baseUrl) ?? [];
  const clock = createServerClock(platform);
  let isSeen = false;
  /** The last renewal. */
  let renewal: Promise<string> | undefined;

  /** Keeps the token from any other origin, whatever a stored or received URL says. */
  function targetOf(url: string): string {
    const origin = given || platform.origin;
    const path = url.startsWith(`${origin}/`) ? url.slice(origin?.length) : url;
    if (origin && /^\/(?![/\\])/.test(path)) return given + path;
    throw new UsageError(`${url} is not on an http(s) origin of the API: baseUrl is ${baseUrl}`);
  }

  async function bearer(refused: boolean): Promise<string> {
    let value: unknown;
    try {
      value = typeof token === 'function' ? await token({ refused }) : token;
    } catch (cause) {
      throw new (isMistake(cause) ? UsageError : UnreachableError)(`token() failed: ${cause}`, cause);
    }
    if (typeof value === 'string' && /^[!-~]+$/.test(value)) return `Bearer ${value}`;
    throw new UsageError('The token is not a string of printable ASCII');
  }

  async function exchange(target: string, init: RequestInit, authorization: string) {
    try {
      const headers = { ...(init.headers as object), authorization };
      const response = await platform.fetch(target, { ...init, headers });
      isSeen = true;
      return { response, text: await response.text() };
    } catch (cause) {
      throw (await isHidden(init.signal))
        ? new UsageError(
            `${target} answers, but not to this page: it may be CORS. Allow ${platform.origin} in the API`,
            cause,
          )
        : new UnreachableError(`No answer from ${target}`, cause);
    }
  }

  /** Whether the API answers, but the page may not see it. */
  async function isHidden(signal: AbortSignal | null | undefined): Promise<boolean> {
    if (isSeen || !given || !platform.origin || given === platform.origin || signal?.aborted) return false;
    return platform.fetch(`${given}${basePath}/openapi.json`, { mode: 'no-cors' }).then(
      () => true,
      () => false,
    );
  }

  async function send<Body>(request: ApiRequest<Body>): Promise<ApiAnswer<Body>> {
    const { method = 'GET', url, headers, body, is, signal, limitMs = answerLimitMs } = request;
    const target = targetOf(url);
    const controller = new AbortController();
    const init: RequestInit = {
      method,
      headers: headers ?? {},
      cache: 'no-store',
      signal: controller.signal,
    };
    if (body) {
      init.body = jsonOf(body);
      init.headers = { ...headers, 'content-type': 'application/json' };
    }

    async function answer(): Promise<ApiAnswer<Body>> {
      const before = renewal;
      let { response, text } = await exchange(target, init, await bearer(false));
      if (response.status === 401) {
        // Requests that are refused together ask for one token.
        if (renewal === before) renewal = bearer(true);
        ({ response, text } = await exchange(target, init, (await renewal) ?? ''));
      }
      const { status, ok, headers: fields } = response;
      const date = fields.get('date');
      const etag = fields.get('etag') ?? undefined;
      const retryAfterMs = millisecondsIn(fields.get('retry-after'), date);
      const content = objectIn(text);
      if (status >= 400) {
        const problem = problemIn(response, content);
        const refusal = new OrderRefusedError(problem.detail, undefined, {
          code: problem.code,
          status,
          problem,
          retryAfterMs,
        });
        throw status === 401 && isFromApi(refusal)
          ? new SignedOutError('The API refused the token: sign in again', refusal)
          : refusal;
      }
      const isKnown = status === 304 && etag && headers?.['if-none-match']?.endsWith(etag.replace('W/', ''));
      if (!isKnown && !(ok && content && is(content as Partial<Body>))) {
        throw new UnreachableError(`${target}: the answer (HTTP ${status}) is not the API's`);
      }
      clock.learn(date);
      return { body: isKnown ? undefined : (content as Body), etag, retryAfterMs };
    }

    // Also for a token, or a fetch, that does not look at the signal.
    return within(Math.min(limitMs, answerLimitMs), signal, platform, answer, () => {
      throw new UnreachableError(`No answer from ${target} in time`);
    }).finally(() => controller.abort());
  }

  return { basePath, clock, send };
}

/** A mistake of the programmer. Browsers and Node.js report a lost connection as a TypeError, too. */
const isMistake = (error: unknown): boolean =>
  /^(ReferenceError|TypeError.*(undefined|null|not an? |not iterable|: Cannot |URL))/.test(String(error));

function jsonOf(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new UsageError(`The order is not JSON: ${cause}`, cause);
  }
}

function objectIn(text: string): object | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' ? (value ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

/** Retry-After: seconds, or a date, which is measured from the answer's own date (RFC 9110, 10.2.3). */
function millisecondsIn(retryAfter: string | null, date: string | null): number | undefined {
  const ms = /^\d+$/.test(retryAfter ?? '')
    ? Number(retryAfter) * 1000
    : Date.parse(retryAfter ?? '') - Date.parse(date ?? '');
  return ms >= 0 ? ms : undefined;
}

/** Whether the same request may succeed later: no answer, too early, too many requests, or a server error. */
export const isTransient = (error: unknown): boolean =>
  error instanceof UnreachableError ||
  (error instanceof OrderRefusedError && (error.status >= 500 || [408, 425, 429].includes(error.status)));
