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
export function localizeUrls<T>(value: T, apis: readonly DeployedApi[], addresses: Addresses): T {
  if (typeof value === 'string') return localizeText(value, apis, addresses) as T;
  if (Array.isArray(value)) return value.map((item) => localizeUrls(item, apis, addresses)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, localizeUrls(item, apis, addresses)]),
  ) as T;
}

function localizeText(text: string, apis: readonly DeployedApi[], { awsUrl, publicUrl }: Addresses): string {
  let result = text;
  for (const { id, protocol } of apis) {
    const host = `${id}.execute-api.${region}.amazonaws.com`;
    result = result
      .replaceAll(`wss://${host}`, publicUrl.replace(/^http/, 'ws'))
      .replaceAll(`https://${host}`, protocol === 'HTTP' ? publicUrl : awsUrl);
  }
  return result;
}
