/**
 * `npm run test:e2e -- [jest options]`: the end-to-end suites, against a local cloud.
 * `--dynamodb URL`: on another DynamoDB endpoint.
 * `--context KEY=VALUE`: on a stack with this context; may be given several times.
 * `--url ORDERS_URL --token TOKEN [--other-token TOKEN]`: against a deployed stack. What needs more is left out, and listed.
 * `npm run test:browser`: the same way, those that need Chromium.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Deployed } from './support/deployed.ts';

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
const deployed = takeDeployed();

const browser = args.indexOf('--browser');
if (browser >= 0) args.splice(browser, 1);
const project = browser < 0 ? 'e2e' : 'browser';
if (deployed && project === 'browser')
  refuse('npm run test:browser starts its own cloud; --url is an option of npm run test:e2e.');

const jest = path.join(import.meta.dirname, '../../node_modules/jest/bin/jest.js');
const { status } = spawnSync(
  process.execPath,
  [
    jest,
    ...['--reporters', 'default', '--reporters', path.join(import.meta.dirname, 'support/left-out.ts')],
    // After the options that take several values, so that the arguments are none of them.
    ...['--selectProjects', project, '--testTimeout', '120000'],
    // All tests share the owner of the token, and some look at what is new in its history.
    ...(deployed ? ['--runInBand'] : []),
    ...args,
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(dynamodb !== undefined && { E2E_DYNAMODB: dynamodb }),
      ...(context.length > 0 && { E2E_CONTEXT: context.join('\n') }),
      ...(deployed && { E2E_DEPLOYED: JSON.stringify(deployed) }),
    },
  },
);
process.exit(status ?? 1);

/** The deployed stack that the arguments name. */
function takeDeployed(): Deployed | undefined {
  const [url, token, otherToken] = [take('--url'), take('--token'), take('--other-token')];
  if (url === undefined && token === undefined && otherToken === undefined) return undefined;
  if (url === undefined || !token)
    refuse('--url and --token go together: the deployed stack, and an access token that it accepts.');
  if (!/^https?:\/\/.+\/orders$/.test(url))
    refuse(`--url needs the stack's output OrdersUrl, which ends with /orders; it got '${url}'.`);
  if (otherToken === '') refuse('--other-token is empty; it needs an access token of another owner.');
  if (dynamodb !== undefined || context.length > 0)
    refuse('--dynamodb and --context configure a local cloud; with --url there is none.');
  return { api: url.replace(/\/orders$/, ''), token, ...(otherToken !== undefined && { otherToken }) };
}
