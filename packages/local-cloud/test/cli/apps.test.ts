import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { credentials } from '../support/aws-endpoint.ts';
import { runLocalCloud, runToEnd } from '../support/run-local-cloud.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const apps = join(import.meta.dirname, '../apps');
const guestbook = join(apps, 'guestbook');

type Running = Awaited<ReturnType<typeof runLocalCloud>>;
let running: Running | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** Synthesizes an app as `cdk synth` does. @returns the folder */
function synthesize(app: string, project: string): string {
  const assembly = join(project, 'cdk.out');
  execFileSync(process.execPath, ['app.ts'], { cwd: app, env: { ...process.env, CDK_OUTDIR: assembly } });
  return assembly;
}

describe('a CDK app of HTTP API, functions, table, stream and queues', () => {
  async function post(text: string): Promise<string> {
    const response = await fetch(`${running?.api}/entries`, {
      method: 'POST',
      body: JSON.stringify({ text }),
    });
    return ((await response.json()) as { id: string }).id;
  }
  const entry = async (id: string) =>
    (await fetch(`${running?.api}/entries/${id}`)).json() as Promise<{ status: string }>;

  it('runs from the app of its cdk.json, and stops on Ctrl-C', async () => {
    running = await runLocalCloud(guestbook);

    const id = await post('Lovely place');
    await until(async () => (await entry(id)).status === 'published');

    expect(await entry(id)).toEqual({ text: 'Lovely place', status: 'published' });
    expect((await running.stop()).code).toBe(0);
  });

  it('is killed and started anew at the same addresses on demand, and keeps what was committed', async () => {
    running = await runLocalCloud(guestbook);
    const id = await post('Lovely place');
    const control = `${new URL(running.api ?? '').origin}/_local`;
    const began = async () => {
      const { since } = (await (await fetch(`${control}/usage`)).json()) as { since: string };
      return since;
    };
    const before = await began();

    const { status } = await fetch(`${control}/restart`, { method: 'POST' });
    await until(async () => (await began().catch(() => before)) !== before);

    expect(status).toBe(202);
    expect(await entry(id)).toMatchObject({ text: 'Lovely place' });
    expect((await running.stop()).code).toBe(0);
  });

  it('sends to its dead-letter queue what a function fails on', async () => {
    running = await runLocalCloud(apps, '--app', 'node guestbook/app.ts', '--time-scale', '0.001');
    const sqs = new SQSClient({ endpoint: running.aws, region: 'us-east-1', credentials });

    const id = await post('rude words');
    const { QueueUrls: [QueueUrl] = [] } = await sqs.send(
      new ListQueuesCommand({ QueueNamePrefix: 'Rejected' }),
    );
    const messages = await until(async () => {
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
      return Messages;
    });

    expect(JSON.parse(messages[0]?.Body ?? '')).toEqual({ id, text: 'rude words' });
    expect(await entry(id)).toMatchObject({ status: 'new' });
  });

  it('runs from a synthesized folder, absolute or relative', async () => {
    const project = temporaryFolder();
    const assembly = synthesize(guestbook, project);

    for (const folder of [assembly, 'cdk.out']) {
      running = await runLocalCloud(project, '--app', folder);
      expect(await (await fetch(`${running.api}/nowhere`)).json()).toEqual({ message: 'Not Found' });
      await running.stop();
    }
  });
});

it('runs a CDK app with a state machine of Choice, Map, Parallel, Wait and Pass states', async () => {
  running = await runLocalCloud(apps, '--app', 'node choices/app.ts', '--time-scale', '0.001');
  const states = new SFNClient({ endpoint: running.aws, region: 'us-east-1', credentials });
  const { stateMachines: [machine] = [] } = await states.send(new ListStateMachinesCommand());
  const lines = [{ sku: 'book', quantity: 2 }];

  const { executionArn } = await states.send(
    new StartExecutionCommand({
      stateMachineArn: machine?.stateMachineArn,
      name: 'parcel-1',
      input: JSON.stringify({ lines, express: true }),
    }),
  );
  const execution = await until(async () => {
    const described = await states.send(new DescribeExecutionCommand({ executionArn }));
    return described.status !== 'RUNNING' && described;
  });

  expect([execution.status, execution.error, execution.cause]).toEqual(['SUCCEEDED', undefined, undefined]);
  expect(JSON.parse(execution.output ?? '')).toMatchObject({
    lines,
    by: 'air',
    prepared: { parcel: 'packed', label: '1 lines for parcel-1' },
  });
});

describe('an app of which the local cloud runs nothing', () => {
  let project: string;
  let assembly: string;
  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'unsupported-'));
    assembly = synthesize(join(apps, 'unsupported'), project);
  });
  afterAll(() => rmSync(project, { recursive: true }));
  const run = (...args: string[]) => runToEnd(apps, ['--json', '--app', assembly, ...args]);

  it('is asked for the stack that is meant', async () => {
    const { code, stderr } = await run();

    expect([code, stderr.trim()]).toEqual([
      1,
      'The app has the stacks Types, Values: choose one with --stack NAME',
    ]);
  });

  it('is refused at start: every type and property by its name', async () => {
    const { code, stderr } = await run('--stack', 'Types');

    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      'The template asks for what the local cloud does not do:',
      '  - Types/Files/Resource: the type AWS::S3::Bucket is not known',
      '  - Types/Everywhere/Resource: the type AWS::DynamoDB::GlobalTable is not known',
      '  - Types/Policy/Resource: Groups of AWS::IAM::ManagedPolicy would be ignored',
      '  - Types/Dead/Resource: RedriveAllowPolicy of AWS::SQS::Queue would be ignored',
      '  - Types/Function/Resource: Layers of AWS::Lambda::Function would be ignored',
    ]);
  });

  it('is refused at start: a value with what is allowed', async () => {
    const { code, stderr } = await run('--stack', 'Values');

    expect([code, stderr.trim()]).toEqual([
      1,
      'Values/AtNoon/Resource: ScheduleExpression is cron(0 12 * * ? *); the local cloud knows rate(1 minute), rate(5 minutes), … up to rate(24 days)',
    ]);
  });
});

it('builds what a start would build, and ends', async () => {
  const project = temporaryFolder();
  const config = join(project, 'extras.mjs');
  const build = `node -e "fs.mkdirSync('pages'); fs.writeFileSync('pages/index.html', '')"`;
  writeFileSync(
    config,
    `export default {
      app: ${JSON.stringify(`node ${join(guestbook, 'app.ts')}`)},
      site: { directory: 'pages', build: { command: ${JSON.stringify(build)}, sources: [] }, config: () => ({}) },
    };`,
  );

  const { code, stderr } = await runToEnd(project, ['--build', '--config', config]);

  expect({ code, stderr }).toEqual({ code: 0, stderr: 'Synthesizing the app …\n' });
  expect(existsSync(join(project, 'pages/index.html'))).toBe(true);
});

describe('a command line that names no app', () => {
  it.each([
    ['nothing at all', [], /^There is no cdk\.json in \S+: give the app with --app "node bin\/app\.ts"/],
    ['an empty --app', ['--app', ''], /^--app is empty; allowed: a command such as "node bin\/app\.ts"/],
    ['a folder without manifest.json', ['--app', '.'], /is not a cloud assembly: it has no manifest\.json$/],
    [
      'an app that fails',
      ['--app', 'node -e "throw new Error(1)"'],
      /Error: 1[\s\S]*could not be synthesized \(exit code 1\)\.$/,
    ],
    ['a config file that is not there', ['--config', 'x.ts'], /^--config is "x\.ts"; there is no such file$/],
  ])('is refused: %s', async (_, args, message) => {
    const { code, stderr } = await runToEnd(temporaryFolder(), ['--json', ...args]);

    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(message);
  });
});

it("shows a project's own banner, and serves its own views", async () => {
  const project = temporaryFolder();
  const file = join(project, 'extras.mjs');
  writeFileSync(
    file,
    `export default {
      banner: ({ api }) => 'Sign with curl ' + api,
      views: { book: ({ outputs, client }) => ({ outputs: Object.keys(outputs), endpoint: client.endpoint }) },
    };`,
  );

  running = await runLocalCloud(guestbook, '--config', file);
  const view = await fetch(`${new URL(running.api ?? '').origin}/_local/book`);

  expect(await view.json()).toEqual({ outputs: ['ApiUrl', 'RejectedQueueUrl'], endpoint: running.aws });
});
