import { basePath } from '../domain/protocol/protocol.ts';
import { type Config, hasEdge } from './config.ts';

/**
 * Base of the HTTP API's URLs: the configured one, the domain (with CloudFront, its path `/api`), or the stage's path, which clients resolve against the
 * API's origin.
 */
export const apiUrlOf = ({ publicUrl, domains, ...config }: UrlConfig): string =>
  publicUrl ?? (domains ? `https://${domains.api}${hasEdge(config) ? basePath : ''}` : basePath);

type UrlConfig = Pick<Config, 'publicUrl' | 'domains' | 'web' | 'webAclArn'>;

/** Variables of a function that gives URLs to clients. */
export interface PublicUrlVariables {
  readonly API_URL: string;
  readonly LIVE_URL: string;
}

/**
 * The public bases of both APIs, as variables.
 *
 * @param liveUrl - URL of the WebSocket API itself, for a deployment that configures no other
 */
export const publicUrlVariables = (
  config: UrlConfig & Pick<Config, 'publicLiveUrl'>,
  liveUrl: string,
): PublicUrlVariables => ({
  API_URL: apiUrlOf(config),
  LIVE_URL: config.publicLiveUrl ?? liveUrl,
});
