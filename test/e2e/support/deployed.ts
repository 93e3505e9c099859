/** What `--url`, `--token` and `--other-token` name. */
export interface Deployed {
  /** Base of the HTTP API. */
  readonly api: string;
  readonly token: string;
  /** A token of another owner. */
  readonly otherToken?: string;
}

const { E2E_DEPLOYED } = process.env;

/** The deployed stack that this run tests; undefined where the run starts a local cloud. */
export const deployed: Deployed | undefined =
  E2E_DEPLOYED === undefined ? undefined : JSON.parse(E2E_DEPLOYED);
