/**
 * `npm run test:e2e -- [--dynamodb URL] [jest options]`: the end-to-end suites, against any DynamoDB endpoint.
 * `npm run test:browser`: the same way, those that need Chromium.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const args = process.argv.slice(2);
const at = args.indexOf('--dynamodb');
const [, url] = at < 0 ? [] : args.splice(at, 2);
if (at >= 0 && !URL.canParse(url ?? '')) {
  console.error(
    `--dynamodb needs the URL of a DynamoDB endpoint, for example http://127.0.0.1:8000; it got '${url}'.`,
  );
  process.exit(1);
}

const browser = args.indexOf('--browser');
if (browser >= 0) args.splice(browser, 1);
const project = browser < 0 ? 'e2e' : 'browser';

const jest = path.join(import.meta.dirname, '../../node_modules/jest/bin/jest.js');
const { status } = spawnSync(
  process.execPath,
  [jest, '--selectProjects', project, '--testTimeout', '120000', ...args],
  {
    stdio: 'inherit',
    env: { ...process.env, ...(url && { E2E_DYNAMODB: url }) },
  },
);
process.exit(status ?? 1);
