import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import type { PublicRoute } from '../wire/public-endpoint.ts';

/** Files of a folder, and one document that is made for this machine. */
export interface StaticSite {
  /** The folder; `/` is its `index.html`. */
  readonly directory: string;
  /** Of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** What `/config.json` answers, in place of a file. */
  readonly config: object;
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Serves a folder at `/`, for GET and HEAD, where no deployed route answers. Browsers ask again each time (ETag). */
export function createStaticSite({ directory, headers, config }: StaticSite): PublicRoute {
  const common = { ...headers, 'x-content-type-options': 'nosniff' };

  return {
    matches: ({ method }) => method === 'GET' || method === 'HEAD',
    async handle(request, response) {
      const path = pathOf(request);
      const content =
        path === '/config.json' ? Buffer.from(JSON.stringify(config)) : await fileOf(directory, path);
      if (!content) {
        const message = `Nothing answers ${request.method} ${path ?? ''}`;
        response.writeHead(404, { ...common, 'content-type': 'application/json' });
        response.end(JSON.stringify({ message }));
        return;
      }
      const etag = `"${createHash('sha256').update(content).digest('base64url')}"`;
      const caching =
        path === '/config.json' ? { 'cache-control': 'no-store' } : { etag, 'cache-control': 'no-cache' };
      if (request.headers['if-none-match'] === etag) {
        response.writeHead(304, { ...common, ...caching }).end();
        return;
      }
      const type = types[extname(path === '/' ? 'index.html' : (path ?? ''))] ?? 'application/octet-stream';
      response.writeHead(200, {
        ...common,
        ...caching,
        'content-type': type,
        'content-length': content.length,
      });
      response.end(request.method === 'HEAD' ? undefined : content);
    },
  };
}

/** Undefined for a path that no file can have. */
function pathOf({ url = '/' }: IncomingMessage): string | undefined {
  try {
    return decodeURIComponent(url.split('?')[0] ?? '/');
  } catch {
    return undefined;
  }
}

async function fileOf(directory: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined || path.includes('\0')) return undefined;
  const file = normalize(join(directory, path === '/' ? 'index.html' : path));
  if (!file.startsWith(normalize(directory + sep))) return undefined;
  return readFile(file).catch(() => undefined);
}
