import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cloudAssembly } from '../../src/cli/cloud-assembly.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const home = process.cwd();
const never = new AbortController().signal;
let project: string;

beforeEach(() => {
  project = temporaryFolder();
  process.chdir(project);
});
afterEach(() => process.chdir(home));

/** An app that writes its context and the region it got into its assembly. */
const app = `node -e "
  const { CDK_OUTDIR, CDK_CONTEXT_JSON, CDK_DEFAULT_REGION } = process.env;
  require('fs').writeFileSync(CDK_OUTDIR + '/manifest.json', CDK_CONTEXT_JSON + CDK_DEFAULT_REGION);
"`;

describe('the cloud assembly', () => {
  it('is synthesized by the app of cdk.json, with its context', async () => {
    writeFileSync('cdk.json', JSON.stringify({ app, context: { profile: 'small' } }));
    writeFileSync('cdk.context.json', JSON.stringify({ profile: 'found', zone: 'a' }));

    const folder = await cloudAssembly(undefined, 'made', never);
    const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8');

    expect(manifest).toBe('{"profile":"small","zone":"a"}us-east-1');
    expect(folder).toBe('made');
  });

  it("is synthesized without the CDK's check against CloudFormation's schemas, which takes seconds", async () => {
    const writes = `node -e "
      require('fs').writeFileSync(process.env.CDK_OUTDIR + '/manifest.json', process.env.CDK_VALIDATION);
    "`;

    // The tests' own setting must not stand in for it.
    Object.assign(process.env, { CDK_VALIDATION: 'true' });

    const folder = await cloudAssembly(writes, 'made', never);
    const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8');

    expect(manifest).toBe('false');
  });

  it("is synthesized with the command line's context, which wins over cdk.json's", async () => {
    writeFileSync('cdk.json', JSON.stringify({ app, context: { profile: 'small', zone: 'a' } }));

    const folder = await cloudAssembly(undefined, 'made', never, { given: { profile: 'large' } });
    const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8');

    expect(manifest).toBe('{"profile":"large","zone":"a"}us-east-1');
  });

  it("is synthesized with the project's own context, which wins over cdk.json's, unless the command line gives another", async () => {
    writeFileSync('cdk.json', JSON.stringify({ app, context: { profile: 'small', zone: 'a' } }));

    const context = { given: { zone: 'c' }, project: { profile: 'medium', zone: 'b' } };
    const folder = await cloudAssembly(undefined, 'made', never, context);
    const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8');

    expect(manifest).toBe('{"profile":"medium","zone":"c"}us-east-1');
  });

  it('takes no context when it is synthesized already', async () => {
    mkdirSync('cdk.out');

    await expect(cloudAssembly('cdk.out', 'made', never, { given: { profile: 'large' } })).rejects.toThrow(
      '--context has no effect on cdk.out',
    );
  });

  it('is synthesized by the command that is given, also without cdk.json', async () => {
    const folder = await cloudAssembly(app, 'made', never);

    expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).toBe('{}us-east-1');
  });

  it.each([
    ['absolute', () => project],
    ['relative', () => relative(process.cwd(), project) || '.'],
  ])('is the %s folder that is given, which stays', async (_, path) => {
    mkdirSync('cdk.out');

    const folder = await cloudAssembly(join(path(), 'cdk.out'), 'made', never);

    expect(folder).toBe(join(process.cwd(), 'cdk.out'));
    expect(existsSync(folder)).toBe(true);
  });

  it.each([
    ['no app at all', undefined, 'There is no cdk.json in'],
    ['a cdk.json that is not JSON', '{app:', 'is not JSON'],
    ['a cdk.json without app', '{}', 'app of cdk.json is undefined; allowed: a command'],
    ['an app that fails', '{"app":"exit 3"}', 'The app "exit 3" could not be synthesized (exit code 3).'],
    ['an app that is not there', '{"app":"cdk.out"}', 'The app "cdk.out" is neither a folder nor a command.'],
    ['an app that is none', '{"app":"true"}', 'The app "true" synthesized nothing'],
  ])('is refused for %s', async (_, cdkJson, message) => {
    if (cdkJson !== undefined) writeFileSync('cdk.json', cdkJson);

    await expect(cloudAssembly(undefined, 'made', never)).rejects.toThrow(message);
  });
});
