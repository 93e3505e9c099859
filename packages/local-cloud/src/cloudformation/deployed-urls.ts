import { region } from '../wire/account.ts';

/** A deployed API: its id is what `Ref` gives. */
export interface DeployedApi {
  readonly id: string;
  readonly protocol: 'HTTP' | 'WEBSOCKET';
}

/** Where this machine answers. */
export interface Addresses {
  readonly awsUrl: string;
  readonly publicUrl: string;
}

/**
 * Turns the addresses that AWS would give deployed APIs into this machine's, wherever they occur in a value:
 * an HTTP API's into the public URL, a WebSocket API's `wss://` into the public URL as `ws://`, and its `https://`
 * (the management endpoint behind `@connections`) into the AWS URL.
 */
export function localizeUrls<T>(value: T, apis: readonly DeployedApi[], { awsUrl, publicUrl }: Addresses): T {
  // As JSON, where neither a URL nor what takes its place has a character to escape.
  let json = JSON.stringify(value);
  for (const { id, protocol } of apis) {
    const host = `${id}.execute-api.${region}.amazonaws.com`;
    json = json
      .replaceAll(`wss://${host}`, publicUrl.replace(/^http/, 'ws'))
      .replaceAll(`https://${host}`, protocol === 'HTTP' ? publicUrl : awsUrl);
  }
  return JSON.parse(json);
}
