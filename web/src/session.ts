import type { TokenRequest } from '@accepted/client';

/** Whether the page may call the API. */
export type SessionState = 'signed-in' | 'signed-out' | 'expired';

/** The caller's credentials. */
export interface Session {
  /** An access token; another one when the API refused the last. */
  token(request: TokenRequest): Promise<string>;
  state(): SessionState;
  /** @returns an unsubscribe function */
  subscribe(listener: () => void): () => void;
  /** Absent where nobody signs in: the URLs to go to. */
  readonly signIn?: { begin(): Promise<string>; end(): string };
}
