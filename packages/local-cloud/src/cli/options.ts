import { parseArgs } from 'node:util';
import type { CloudOptions } from '../cloud/cloud-options.ts';

/** What `--help` prints. */
export const usageText = `local-cloud [options]

Runs a CDK app on this machine: its functions, tables, queues, APIs and state machines.

  --app APP          the command that synthesizes the app, or a synthesized folder (default: that of the config, or app of ./cdk.json)
  -c, --context K=V  a context value for the app, as of cdk; may be given several times
  --stack NAME       the stack to run, where the app has several
  --config FILE      the project's own banner and control routes (default: ./local-cloud.config.ts if there is one)
  --port 3000        HTTP API, WebSocket API and control routes on one port (0 picks a free one)
  --aws-port 4566    the AWS endpoints, for the AWS CLI and SDKs (0 picks a free one)
  --data DIR         keep tables, queues and executions across restarts (default: they end with the process)
  --dynamodb URL     use this DynamoDB endpoint and its Streams instead of the embedded one
  --time-scale 1     factor on waits, retry intervals, batching windows and schedules
  --seed 1           seed of the fault generator
  --build            synthesize the app, build the project's pages, and end
  --json             one JSON line on stdout when ready, then JSON logs
  --verbose          log more than warnings and errors
  --help             this text
`;

/** Reads the command line. @throws Error saying which option is wrong and what is allowed. */
export function parseOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      app: { type: 'string' },
      context: { type: 'string', short: 'c', multiple: true, default: [] },
      stack: { type: 'string' },
      config: { type: 'string' },
      port: { type: 'string', default: '3000' },
      'aws-port': { type: 'string', default: '4566' },
      data: { type: 'string' },
      dynamodb: { type: 'string' },
      'time-scale': { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      build: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { data, dynamodb, build, json, verbose, help } = values;
  const port = wholeNumber('--port', values.port, 65_535);
  const awsPort = wholeNumber('--aws-port', values['aws-port'], 65_535);
  if (port === awsPort && port !== 0) {
    throw new Error(`--port and --aws-port are both ${port}: they must differ, or be 0`);
  }
  const cloud: CloudOptions = {
    port,
    awsPort,
    ...(data !== undefined && { data: filled('--data', data, 'the path of a folder') }),
    ...(dynamodb !== undefined && { dynamodb: httpUrl('--dynamodb', dynamodb) }),
    timeScale: positive('--time-scale', values['time-scale']),
    seed: wholeNumber('--seed', values.seed, 2 ** 32 - 1),
  };
  return {
    cloud,
    app: filled('--app', values.app, 'a command such as "node bin/app.ts", or a synthesized folder'),
    context: contextOf(values.context),
    stack: filled('--stack', values.stack, 'the name of a stack'),
    config: filled('--config', values.config, 'the path of a file'),
    build,
    json,
    verbose,
    help,
  };
}

/** The values that `cdk` would hand to the app. */
function contextOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (key === undefined) throw refusal('--context', pair, 'KEY=VALUE, for example profile=development');
      return [key, value ?? ''];
    }),
  );
}

function filled<Text extends string | undefined>(option: string, text: Text, allowed: string): Text {
  if (text?.trim() === '') throw new Error(`${option} is empty; allowed: ${allowed}`);
  return text;
}

function wholeNumber(option: string, text: string, most: number): number {
  if (/^\d+$/.test(text) && Number(text) <= most) return Number(text);
  throw refusal(option, text, `a whole number from 0 to ${most}`);
}

function positive(option: string, text: string): number {
  if (Number.isFinite(Number(text)) && Number(text) > 0) return Number(text);
  throw refusal(option, text, 'a number above 0, for example 0.01');
}

function httpUrl(option: string, text: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw refusal(option, text, 'an http or https URL, for example http://127.0.0.1:8000');
}

function refusal(option: string, text: string, allowed: string): Error {
  return new Error(`${option} is "${text}"; allowed: ${allowed}`);
}
