import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { buildApp } from '../../bin/app.ts';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { deploymentOf } from '../../lib/deployment.ts';

const root = path.join(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'accepted-commands-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sources = ['README.md', 'CONTRIBUTING.md', 'package.json', ...globSync('docs/*.md', { cwd: root })];
const workflows = globSync('.github/workflows/*.yml', { cwd: root });

/** What a shell or a runner would put in the place of variables. */
const values: Readonly<Record<string, string>> = {
  AWS_ACCOUNT_ID: '123456789012',
  AWS_REGION: 'eu-central-1',
  SENDER: 'orders@your.domain',
  STRIPE_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:stripe-AbCdEf',
};

/** Every command of the CDK that a file shows, in one line. */
const commandsIn = (file: string): string[] =>
  readFileSync(path.join(root, file), 'utf8')
    .replaceAll(/\\\n\s*/g, '')
    .replaceAll(
      /\$\{\{ vars\.(\w+) \}\}|"?\$(\w+)"?/g,
      (found, ofRunner, ofShell) => values[ofRunner ?? ofShell] ?? found,
    )
    .match(/cdk (?:synth|diff|deploy|destroy|bootstrap|rollback)\b[^\n`"&#]*/g) ?? [];

const commands = [...sources, ...workflows].flatMap((file) =>
  commandsIn(file)
    // Prose names a command without its flags.
    .filter((command) => command.includes(' -c '))
    .map((command) => ({ file, command: command.trim() })),
);

/** The context of a command's flags, beside that of cdk.json. */
const contextOf = (command: string): Record<string, unknown> => ({
  ...cdkJson.context,
  ...Object.fromEntries(
    [...command.matchAll(/ -c ([^=\s]+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value]),
  ),
});

/** How many stacks a context gives. Many commands have the same, and a synthesis takes a second. */
function stacksWith(context: Record<string, unknown>): number {
  const key = JSON.stringify(context);
  const known = synthesized.get(key);
  if (known !== undefined) return known;
  const outdir = mkdtempSync(path.join(folder, 'out-'));
  const { stacks } = buildApp({ context, outdir, analyticsReporting: false }).synth();
  synthesized.set(key, stacks.length);
  return stacks.length;
}
const synthesized = new Map<string, number>();

describe('a documented command', () => {
  it.each(commands)('of $file can be synthesized: $command', ({ command }) => {
    expect(stacksWith(contextOf(command))).toBe(1);
  });

  it('is there for each profile', () => {
    const shown = commands.map(({ command }) => command).join('\n');

    expect(shown).toMatch(/cdk deploy -c profile=development/);
    expect(shown).toMatch(/cdk deploy -c profile=production/);
  });
});

it('the table of context keys lists those that are read, and no others', () => {
  const rows = readFileSync(path.join(root, 'docs/configuration.md'), 'utf8').match(/^\| `.*$/gm) ?? [];
  const listed = rows.flatMap((row) => row.split('|')[1]?.match(/[\w.]+(?:<\w+>)?/g) ?? []);

  let known: string[] = [];
  try {
    deploymentOf({ profile: 'development', unknown: '' });
  } catch (error) {
    known = /there are (.*)\.$/.exec((error as Error).message)?.[1]?.split(', ') ?? [];
  }

  expect(listed.map((key) => key.replace(/<\w+>/, '*')).sort()).toEqual(known);
});
