import type { IncomingHttpHeaders } from 'node:http';

/**
 * Why a request must not be served: its `Host` is another name than this machine's own. A page whose name was rebound
 * to 127.0.0.1 sends that name.
 * @returns undefined for a loopback name: 127.0.0.1, [::1], localhost, *.localhost, with or without a port
 */
export function foreignHost({ host = '' }: IncomingHttpHeaders): string | undefined {
  if (isLoopbackName(host.replace(/:\d+$/, ''))) return undefined;
  return `Host is ${JSON.stringify(host)}; the local cloud answers to 127.0.0.1 and localhost only`;
}

/**
 * Why a request must not be served that only programs of this machine may send: a page of another origin sent it.
 * @returns undefined for a loopback origin, and without `Origin`, which browsers always send across origins
 */
export function foreignOrigin({ origin }: IncomingHttpHeaders): string | undefined {
  if (origin === undefined || isLoopbackName(URL.parse(origin)?.hostname ?? '')) return undefined;
  return `Origin is ${JSON.stringify(origin)}; only pages of localhost may call this`;
}

function isLoopbackName(name: string): boolean {
  return /^(127\.0\.0\.1|\[::1\]|localhost|[^/@\s]+\.localhost)$/i.test(name);
}
