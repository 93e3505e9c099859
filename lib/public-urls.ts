import { basePath } from '../domain/protocol/protocol.ts';
import type { Config } from './config.ts';

/** Base of the HTTP API's URLs: the configured one, or the stage's path, which clients resolve against the API's origin. */
export const apiUrlOf = ({ publicUrl }: Pick<Config, 'publicUrl'>): string => publicUrl ?? basePath;

/** Variables of a function that gives URLs to clients. */
export interface PublicUrlVariables {
  readonly API_URL: string;
  readonly LIVE_URL: string;
}

/**
 * The public bases of both APIs, as variables.
 *
 * @param stageLiveUrl - URL of the WebSocket API's stage, for a deployment that configures no other
 */
export const publicUrlVariables = (
  config: Pick<Config, 'publicUrl' | 'publicLiveUrl'>,
  stageLiveUrl: string,
): PublicUrlVariables => ({
  API_URL: apiUrlOf(config),
  LIVE_URL: config.publicLiveUrl ?? stageLiveUrl,
});
