/** Where the page finds the API, from `/config.json`. */
export interface PageConfig {
  /** Base URL of the API; a path where the page has the API's origin. */
  readonly baseUrl: string;
  /** The authorization server. Absent where nobody signs in. */
  readonly signIn?: SignInConfig;
  /** The page is served by the local cloud, and may use its control routes. */
  readonly local?: true;
}

/** An OAuth 2.0 authorization server, and the page as its public client. */
export interface SignInConfig {
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly logoutUrl: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
}

/** Reads the configuration. @throws Error when the server has none */
export async function loadPageConfig(fetch: typeof globalThis.fetch): Promise<PageConfig> {
  const response = await fetch('/config.json');
  if (!response.ok) throw new Error(`/config.json is answered ${response.status}; it says where the API is.`);
  return response.json();
}
