import type { SignInConfig } from './page-config.ts';
import type { Session, SessionState } from './session.ts';

/** What a sign-in needs of the browser. */
export interface SignInPorts {
  /** Where the authorization server sends the user back: this page, without a query. */
  readonly redirectUri: string;
  readonly fetch: typeof globalThis.fetch;
  readonly crypto: Pick<Crypto, 'getRandomValues' | 'subtle'>;
  /** Of this tab: it keeps the tokens over a reload, and forgets them with the tab. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The session of a user who signs in with an authorization server. */
export interface SignIn extends Session {
  readonly signIn: NonNullable<Session['signIn']>;
  /**
   * Takes the answer of the authorization server, if the page was opened with one.
   *
   * @param url address of the page
   * @returns whether there was an answer
   * @throws Error when the answer is an error, or belongs to no sign-in that this tab began
   */
  finish(url: string): Promise<boolean>;
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A sign-in on its way. */
interface Begun {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

const begunKey = 'accepted-sign-in';
const tokensKey = 'accepted-tokens';

/** A token that is about to expire is not sent. */
const marginMs = 30_000;

/**
 * Authorization code with PKCE, for a public client.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7636, https://www.rfc-editor.org/rfc/rfc9700
 */
export function createSignIn(config: SignInConfig, ports: SignInPorts): SignIn {
  const { storage, now } = ports;
  const listeners = new Set<() => void>();
  let tokens: Tokens | undefined = read<Tokens>(tokensKey);
  let state: SessionState = tokens ? 'signed-in' : 'signed-out';
  let renewing: Promise<string> | undefined;

  function read<Value>(key: string): Value | undefined {
    try {
      return JSON.parse(storage.getItem(key) ?? 'null') ?? undefined;
    } catch {
      return undefined;
    }
  }

  function become(next: SessionState, kept: Tokens | undefined): void {
    tokens = kept;
    if (kept) storage.setItem(tokensKey, JSON.stringify(kept));
    else storage.removeItem(tokensKey);
    state = next;
    for (const listener of listeners) listener();
  }

  async function grant(
    parameters: Record<string, string>,
    previous?: string,
  ): Promise<Tokens & { idToken?: string }> {
    const response = await ports.fetch(config.tokenUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ client_id: config.clientId, ...parameters }).toString(),
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok || typeof answer.access_token !== 'string') {
      const why = answer.error_description ?? answer.error ?? `status ${response.status}`;
      throw Object.assign(new Error(`The authorization server issued no token: ${why}.`), {
        isRefused: response.status === 400 || response.status === 401,
      });
    }
    return {
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token ?? previous,
      expiresAt: now() + Number(answer.expires_in ?? 3600) * 1000,
      idToken: answer.id_token,
    };
  }

  async function renew(refreshToken: string): Promise<string> {
    try {
      const parameters = { grant_type: 'refresh_token', refresh_token: refreshToken };
      const { idToken: _, ...renewed } = await grant(parameters, refreshToken);
      become('signed-in', renewed);
      return renewed.accessToken;
    } catch (error) {
      if (!(error as { isRefused?: boolean }).isRefused) throw error;
      become('expired', undefined);
      return '';
    }
  }

  return {
    async token({ refused }) {
      if (tokens && !refused && tokens.expiresAt - marginMs > now()) return tokens.accessToken;
      if (tokens?.refreshToken) {
        renewing ??= renew(tokens.refreshToken).finally(() => {
          renewing = undefined;
        });
        return renewing;
      }
      if (tokens) become('expired', undefined);
      // The API refuses it, and the client says that the user is signed out.
      return '';
    },

    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    signIn: {
      async begin() {
        const [requestState = '', nonce = '', verifier = ''] = [16, 16, 32].map((length) =>
          base64Url(ports.crypto.getRandomValues(new Uint8Array(length))),
        );
        storage.setItem(begunKey, JSON.stringify({ state: requestState, nonce, verifier } satisfies Begun));
        const digest = await ports.crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
        return withQuery(config.authorizeUrl, {
          response_type: 'code',
          client_id: config.clientId,
          redirect_uri: ports.redirectUri,
          scope: config.scopes.join(' '),
          state: requestState,
          nonce,
          code_challenge: base64Url(new Uint8Array(digest)),
          code_challenge_method: 'S256',
        });
      },
      end() {
        become('signed-out', undefined);
        return withQuery(config.logoutUrl, { client_id: config.clientId, logout_uri: ports.redirectUri });
      },
    },

    async finish(url) {
      const { searchParams } = new URL(url);
      const [code, error] = [searchParams.get('code'), searchParams.get('error')];
      if (code === null && error === null) return false;
      const begun = read<Begun>(begunKey);
      storage.removeItem(begunKey);
      if (!begun || searchParams.get('state') !== begun.state)
        throw new Error('This answer belongs to no sign-in that this tab began. Sign in again.');
      if (code === null) {
        throw new Error(`The sign-in failed: ${searchParams.get('error_description') ?? error}.`);
      }
      const { idToken, ...granted } = await grant({
        grant_type: 'authorization_code',
        code,
        redirect_uri: ports.redirectUri,
        code_verifier: begun.verifier,
      });
      // The token came from the token endpoint itself, so its signature need not be checked (OpenID Connect 3.1.3.7).
      if (config.scopes.includes('openid') && nonceOf(idToken) !== begun.nonce)
        throw new Error('The ID token belongs to another sign-in. Sign in again.');
      become('signed-in', granted);
      return true;
    },
  };
}

const withQuery = (url: string, parameters: Record<string, string>): string =>
  `${url}?${new URLSearchParams(parameters)}`;

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

function nonceOf(idToken = ''): unknown {
  try {
    const payload = idToken.split('.')[1] ?? '';
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))).nonce;
  } catch {
    return undefined;
  }
}
