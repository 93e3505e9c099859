import { backoff } from './backoff.ts';
import { OrderRefusedError, UnreachableError, UsageError } from './errors.ts';
import { jsonIn } from './json-in.ts';
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
  /** Below the base URL. */
  readonly path: string;
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
  readonly etag: string | null;
  readonly retryAfterMs: number | undefined;
}

/** Sends requests to the API. */
export interface Http {
  /** Absolute, without a slash at its end. All requests, and the token, go to URLs below it. */
  readonly baseUrl: string;
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
export function createHttp({ baseUrl: given, token }: ApiOptions, platform: Platform): Http {
  // A path is one of the page's origin.
  const baseUrl = `${given}`.replace(/\/+$/, '').replace(/^(?=\/(?!\/)|$)/, `${platform.origin}`);
  const clock = createServerClock(platform);
  let isSeen = false;
  /** The last renewal. */
  let renewal: Promise<string> | undefined;

  async function bearer(refused: boolean): Promise<string> {
    let value: unknown;
    try {
      value = typeof token === 'function' ? await token({ refused }) : token;
    } catch (cause) {
      throw new (isMistake(cause) ? UsageError : UnreachableError)(`token() failed: ${cause}`, cause);
    }
    if (typeof value === 'string' && /^[!-~]+$/.test(value)) return `Bearer ${value}`;
    throw new UsageError('The token must have printable ASCII characters');
  }

  async function send<Body>(
    request: ApiRequest<Body>,
    before?: () => void | Promise<void>,
  ): Promise<ApiAnswer<Body>> {
    const { path, is, signal, timeout = answerLimitMs, ...init } = request;
    const url = baseUrl + path;
    if (!/^https?:\/\//.test(url)) {
      throw new UsageError(`baseUrl is ${given}: it must be an http(s) URL or, in a page, a path`);
    }
    const controller = new AbortController();
    const unanswered = (cause?: unknown) => new UnreachableError(`No answer from ${url}`, cause);

    async function answer(refused = false): Promise<ApiAnswer<Body>> {
      if (!refused) await before?.();
      const known = renewal;
      const authorization = await (refused ? renewal : bearer(false));
      let response: Response;
      let text: string;
      try {
        response = await platform.fetch(url, {
          ...init,
          headers: { ...init.headers, authorization },
          cache: 'no-store',
          signal: controller.signal,
        } as RequestInit);
        isSeen = true;
        text = await response.text();
      } catch (cause) {
        if (isMistake(cause)) throw new UsageError(`fetch() failed: ${cause}`, cause);
        const isForeign = platform.origin && !url.startsWith(`${platform.origin}/`);
        if (isSeen || !isForeign || controller.signal.aborted) throw unanswered(cause);
        // It answers now, but the page may not see it.
        await platform.fetch(url, { mode: 'no-cors' }).catch(() => Promise.reject(unanswered(cause)));
        throw new UsageError(`It may be CORS: allow ${platform.origin} in the API, ${url} answers`, cause);
      }
      if (response.status === 401 && !refused) {
        // Requests that are refused together ask for one token.
        if (renewal === known) renewal = bearer(true);
        return answer(true);
      }
      const { status, headers } = response;
      const date = headers.get('date');
      const retryAfterMs = millisecondsIn(headers.get('retry-after'), date);
      const body = jsonIn(text) as Body;
      if (status >= 400) throw refusalOf(response, body as object, retryAfterMs);
      const isKnown = status === 304 && init.headers?.['if-none-match'];
      if (!isKnown && !is(body)) {
        throw new UnreachableError(`${url}: the answer (HTTP ${status}) is not the API's`);
      }
      clock.learn(date);
      return { body: isKnown ? undefined : body, etag: headers.get('etag'), retryAfterMs };
    }

    // The limit holds also for a token, or a fetch, that does not look at the signal.
    return within(platform, signal, Math.min(timeout, answerLimitMs), answer, unanswered()).finally(() =>
      controller.abort(),
    );
  }

  async function repeat<Body>(
    { timeout = requestTimeoutMs, ...request }: ApiRequest<Body>,
    before?: (attempt: number) => void | Promise<void>,
  ): Promise<ApiAnswer<Body>> {
    const deadline = platform.now() + timeout;
    for (let attempt = 1; ; attempt++) {
      try {
        return await send({ ...request, timeout: deadline - platform.now() }, () => before?.(attempt));
      } catch (error) {
        const { retryAfterMs = 0 } = error as { readonly retryAfterMs?: number };
        const pause = retryAfterMs + backoff(attempt - 1, platform.random);
        if (!isTransient(error) || platform.now() + pause >= deadline) throw error;
        await within(platform, request.signal, pause);
      }
    }
  }

  return { baseUrl, clock, send, repeat };
}

/** A mistake of the programmer. Browsers and Node.js report a lost connection as a TypeError, too. */
const isMistake = (error: unknown): boolean =>
  /^(ReferenceError|TypeError.*(undefined|null|not [ai]|: Cannot |URL))/.test(String(error));

/** Retry-After: seconds, or a date, which is measured from the answer's own date (RFC 9110, 10.2.3). */
function millisecondsIn(retryAfter: string | null, date: string | null): number | undefined {
  const ms = Number(retryAfter) * 1000 || Date.parse(`${retryAfter}`) - Date.parse(`${date}`);
  return ms >= 0 ? ms : undefined;
}

/** Whether the same request may succeed later: no answer, too early, too many requests, or a server error. */
export const isTransient = (error: unknown): boolean =>
  error instanceof UnreachableError ||
  (error instanceof OrderRefusedError && (error.status >= 500 || [408, 425, 429].includes(error.status)));
