import { backoff } from './backoff.ts';
import { OrderRefusedError, UnreachableError, UsageError } from './errors.ts';
import type { Platform } from './platform.ts';
import { refusalOf } from './refusal-of.ts';
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
  /** URL relative to the API's origin, as in the API's answers. */
  readonly url: string;
  readonly method?: 'POST' | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  /** Whether a body is the API's answer to this request. A portal answers 200 too. */
  is(body: Partial<Body>): boolean;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds within which the API must answer. One request takes as long as the API may take, at most. */
  readonly timeout?: number | undefined;
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
  /**
   * Repeats a request until the API answers it or refuses it for good.
   *
   * @param before is called before every attempt; if it fails, nothing is sent
   * @throws the last error when the time is over, 15 s by default
   */
  repeat<Body>(
    request: ApiRequest<Body>,
    before?: (attempt: number) => void | Promise<void>,
  ): Promise<ApiAnswer<Body>>;
}

/** Time limit of a request with its repetitions. */
const requestTimeoutMs = 15_000;

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

  async function send<Body>(request: ApiRequest<Body>): Promise<ApiAnswer<Body>> {
    const { url, is, signal, timeout = answerLimitMs, ...init } = request;
    const target = targetOf(url);
    const controller = new AbortController();

    async function exchange(authorization: string): Promise<readonly [Response, string]> {
      try {
        const response = await platform.fetch(target, {
          ...init,
          headers: { ...init.headers, authorization },
          cache: 'no-store',
          signal: controller.signal,
        } as RequestInit);
        isSeen = true;
        return [response, await response.text()];
      } catch (cause) {
        if (await isHidden(controller.signal)) {
          throw new UsageError(
            `${target} answers, but not to this page: it may be CORS. Allow ${platform.origin} in the API`,
            cause,
          );
        }
        throw new UnreachableError(`No answer from ${target}`, cause);
      }
    }

    async function answer(): Promise<ApiAnswer<Body>> {
      const before = renewal;
      let [response, text] = await exchange(await bearer(false));
      if (response.status === 401) {
        // Requests that are refused together ask for one token.
        if (renewal === before) renewal = bearer(true);
        [response, text] = await exchange((await renewal) ?? '');
      }
      const { status, ok, headers } = response;
      const date = headers.get('date');
      const etag = headers.get('etag') ?? undefined;
      const retryAfterMs = millisecondsIn(headers.get('retry-after'), date);
      const body = objectIn(text) as Body | undefined;
      if (status >= 400) throw refusalOf(response, body as object | undefined, retryAfterMs);
      const isKnown =
        status === 304 && etag && init.headers?.['if-none-match']?.endsWith(etag.replace('W/', ''));
      if (!isKnown && !(ok && body && is(body))) {
        throw new UnreachableError(`${target}: the answer (HTTP ${status}) is not the API's`);
      }
      clock.learn(date);
      return { body: isKnown ? undefined : body, etag, retryAfterMs };
    }

    // Also for a token, or a fetch, that does not look at the signal.
    const late = new UnreachableError(`No answer from ${target} in time`);
    return within(platform, signal, Math.min(timeout, answerLimitMs), answer, late).finally(() =>
      controller.abort(),
    );
  }

  /** Whether the API answers, but the page may not see it. */
  async function isHidden(signal: AbortSignal): Promise<boolean> {
    if (isSeen || !given || !platform.origin || given === platform.origin || signal.aborted) return false;
    return platform.fetch(`${given}${basePath}/openapi.json`, { mode: 'no-cors' }).then(
      () => true,
      () => false,
    );
  }

  async function repeat<Body>(
    { timeout = requestTimeoutMs, ...request }: ApiRequest<Body>,
    before?: (attempt: number) => void | Promise<void>,
  ): Promise<ApiAnswer<Body>> {
    const deadline = platform.now() + timeout;
    for (let attempt = 1; ; attempt++) {
      try {
        await before?.(attempt);
        return await send({ ...request, timeout: deadline - platform.now() });
      } catch (error) {
        const { retryAfterMs = 0 } = error as { readonly retryAfterMs?: number };
        const pause = retryAfterMs + backoff(attempt - 1, platform.random);
        if (!isTransient(error) || platform.now() + pause >= deadline) throw error;
        await within(platform, request.signal, pause);
      }
    }
  }

  return { basePath, clock, send, repeat };
}

/** A mistake of the programmer. Browsers and Node.js report a lost connection as a TypeError, too. */
const isMistake = (error: unknown): boolean =>
  /^(ReferenceError|TypeError.*(undefined|null|not an? |not iterable|: Cannot |URL))/.test(String(error));

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
