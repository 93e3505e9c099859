import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { consoleRoutes } from '../console/console.ts';
import { controlRoutes } from '../control/control.ts';
import type { SiteBuild } from '../site/build-site.ts';

/** A stack that runs on this machine, as a project's own code sees it. */
export interface RunningStack {
  /** Where the HTTP API answers. */
  readonly api: string | undefined;
  /** Where the WebSocket API answers. */
  readonly live: string | undefined;
  /** An access token of the owner `demo`. */
  readonly token: string;
  /** Outputs of the stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Configuration of AWS SDK clients, with the rights of an operator. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

/**
 * What a project adds to its local cloud: the default export of `local-cloud.config.ts`.
 *
 * @example export default { banner: ({ api }) => `curl ${api}/orders` } satisfies LocalCloudConfig;
 */
export interface LocalCloudConfig {
  /** The command that synthesizes the app, or a synthesized folder; `--app` wins over it, and it wins over ./cdk.json. */
  readonly app?: string;
  /** Context of the app, as of cdk; `--context` wins over it. It has no effect on a folder that is synthesized already. */
  readonly context?: Readonly<Record<string, string>>;
  /**
   * Functions to load as soon as the stack is ready, by a part of their construct paths: `Api/Accept`. All others are
   * loaded at their first call, which waits for it.
   */
  readonly warm?: readonly string[];
  /** Text below the addresses of the banner, for example a first command to try. */
  banner?(stack: RunningStack): string | Promise<string>;
  /** Routes `GET /_local/<name>`, by name. Each answers JSON, and is given the parameters of the query. */
  readonly views?: Readonly<Record<string, (stack: RunningStack, query: URLSearchParams) => unknown>>;
  /** Web pages at `/`, where no route of the stack answers. */
  readonly site?: SiteConfig;
}

/** A folder of web pages. */
export interface SiteConfig {
  /** The folder that is served, relative to the working directory. */
  readonly directory: string;
  /** Builds the folder while the app is synthesized, when it is older than its sources. */
  readonly build?: SiteBuild;
  /** What `/config.json` answers: where the pages find the stack. */
  config(stack: RunningStack): object;
  /** Headers of every answer, for example a Content-Security-Policy. */
  headers?(stack: RunningStack): Readonly<Record<string, string>>;
}

const taken = [...controlRoutes, ...consoleRoutes];
const defaultFile = 'local-cloud.config.ts';
const members = ['app', 'banner', 'context', 'site', 'views', 'warm'];

/**
 * Loads a project's own extras.
 * @param given The file; {@link defaultFile} of the working directory when absent, if there is one.
 * @throws Error naming the file and what is wrong with it.
 */
export async function loadConfig(given: string | undefined): Promise<LocalCloudConfig> {
  const file = resolve(given ?? defaultFile);
  if (!existsSync(file)) {
    if (given === undefined) return {};
    throw new Error(`--config is "${given}"; there is no such file`);
  }
  const { default: config } = await import(pathToFileURL(file).href);
  if (typeof config !== 'object' || config === null) {
    throw new Error(`${file} must export a LocalCloudConfig by default; it exports ${typeof config}`);
  }
  const [unknown] = Object.keys(config).filter((name) => !members.includes(name));
  if (unknown !== undefined) {
    throw new Error(`${file} has the member ${unknown}; allowed: ${members.join(', ')}`);
  }
  for (const name of Object.keys(config.views ?? {})) {
    if (/^[\w-]+$/.test(name) && !taken.includes(name)) continue;
    const allowed = `letters, digits and dashes, and none of ${taken.join(', ')}`;
    throw new Error(`${file} has the view "${name}"; allowed: ${allowed}`);
  }
  return config;
}
