import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of the page, as it is served. */
interface PageFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const folder = join(import.meta.dirname, 'page');

/** The page loads nothing from elsewhere, and runs no script that is not ours. */
const policy = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"],
  ...['img-src data:', "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');

let bundled: Promise<string> | undefined;

/** `console.js` (bundled when it is first asked for), `console.css`, or the page itself for any other name. */
export async function pageFile(name: string): Promise<PageFile> {
  if (name === 'console.js') {
    bundled ??= bundle();
    return file('text/javascript', await bundled);
  }
  if (name === 'console.css') return file('text/css', await read('console.css'));
  return file('text/html', await read('console.html'));
}

/** esbuild is loaded only for those who look at the console. */
async function bundle(): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'main.tsx')],
    ...{ bundle: true, write: false, minify: true, format: 'esm', target: 'es2022' },
    ...{ jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  });
  return outputFiles[0]?.text ?? '';
}

const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

function file(type: string, body: string): PageFile {
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  };
  return { headers, body };
}
