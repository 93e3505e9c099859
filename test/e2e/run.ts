/**
 * `npm run test:e2e -- [--dynamodb URL] [jest options]`: the end-to-end suites, against any DynamoDB endpoint.
 * `npm run test:e2e -- --context KEY=VALUE`: the suites on a stack with this context, as often as there are values.
 * `npm run test:e2e -- --url ORDERS_URL --token TOKEN`: the suite that a deployed stack can run.
 * `npm run test:browser`: the same way, those that need Chromium.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const args = process.argv.slice(2);

/** Takes an option with its value out of the arguments. */
function take(option: string): string | undefined {
  const at = args.indexOf(option);
  return at < 0 ? undefined : (args.splice(at, 2)[1] ?? '');
}

function refuse(message: string): never {
  console.error(message);
  process.exit(1);
}

const dynamodb = take('--dynamodb');
if (dynamodb !== undefined && !URL.canParse(dynamodb))
  refuse(
    `--dynamodb needs the URL of a DynamoDB endpoint, for example http://127.0.0.1:8000; it got '${dynamodb}'.`,
  );
const context: string[] = [];
for (let pair = take('--context'); pair !== undefined; pair = take('--context')) context.push(pair);
const url = take('--url');
const token = take('--token');
if (url !== undefined && !/^https?:\/\/.+\/orders$/.test(url))
  refuse(`--url needs the stack's output OrdersUrl, which ends with /orders; it got '${url}'.`);
if ((url === undefined) !== (token === undefined))
  refuse('--url and --token go together: the deployed stack, and an access token that it accepts.');
if (url !== undefined) args.push('test/e2e/deployed');
// These start clouds of their own, on the embedded DynamoDB: with another one they would only repeat themselves.
if (dynamodb !== undefined)
  args.push('--testPathIgnorePatterns', 'test/e2e/(changed-stages|operations|recovery|webhooks)');

const browser = args.indexOf('--browser');
if (browser >= 0) args.splice(browser, 1);
const project = browser < 0 ? 'e2e' : 'browser';

const jest = path.join(import.meta.dirname, '../../node_modules/jest/bin/jest.js');
const { status } = spawnSync(
  process.execPath,
  [jest, '--selectProjects', project, '--testTimeout', '120000', ...args],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(dynamodb !== undefined && { E2E_DYNAMODB: dynamodb }),
      ...(context.length > 0 && { E2E_CONTEXT: context.join('\n') }),
      ...(url !== undefined && token !== undefined && { E2E_URL: url, E2E_TOKEN: token }),
    },
  },
);
process.exit(status ?? 1);
