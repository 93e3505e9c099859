import type { PublicRoute } from '../wire/public-endpoint.ts';

/** Where a browser finds the inbox. */
const mountPoint = '/_local/mail';

/** Addresses in the emulator's page, which thinks that it lives at the root. */
const rootAddresses = /(["'`])\/(store|clear-store|get-emlContent)/g;

/**
 * The SES emulator's inbox page, at `/_local/mail` of the public port.
 * @param emulatorUrl Starts the emulator if it does not run yet.
 */
export function inboxPage(emulatorUrl: () => Promise<string>): PublicRoute {
  return {
    matches: ({ url = '' }) => url === mountPoint || url.startsWith(`${mountPoint}/`),
    async handle(request, response) {
      const path = (request.url ?? '').slice(mountPoint.length) || '/';
      const answer = await fetch(`${await emulatorUrl()}${path}`, { method: request.method ?? 'GET' });
      const type = answer.headers.get('content-type') ?? 'text/plain';
      const body = (await answer.text()).replace(
        type.startsWith('text/html') ? rootAddresses : /$^/,
        `$1${mountPoint}/$2`,
      );
      response.writeHead(answer.status, { 'content-type': type }).end(body);
    },
  };
}
