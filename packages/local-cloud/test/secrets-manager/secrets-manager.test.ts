import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Created, Resource, ResourceKind } from '../../src/cloudformation/resource-kind.ts';
import { generateSecretString } from '../../src/secrets-manager/secret-string.ts';
import { createSecretsManager, type SecretsManager } from '../../src/secrets-manager/secrets-manager.ts';
import { credentials, openAwsEndpoint } from '../support/aws-endpoint.ts';

describe('Secrets Manager', () => {
  let aws: Awaited<ReturnType<typeof openAwsEndpoint>>;
  let secrets: SecretsManager;
  let client: SecretsManagerClient;
  let folder: string;

  async function start(options: { data?: string } = {}): Promise<void> {
    aws = await openAwsEndpoint();
    secrets = createSecretsManager(options);
    aws.add(secrets.service);
    client = clientOf(credentials);
  }
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secrets-'));
    await start();
  });
  afterEach(async () => {
    await aws.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const clientOf = (keys: typeof credentials) =>
    new SecretsManagerClient({
      endpoint: aws.url,
      region: 'us-east-1',
      credentials: keys,
      maxAttempts: 1,
    });

  /** Deploys a secret. @returns its ARN */
  function deploy(properties = {}, logicalId = 'SigningKey'): string {
    const resource: Resource = { logicalId, type: '', path: logicalId, assembly: '', properties };
    const [kind] = secrets.kinds as [ResourceKind];
    return (kind.create(resource) as Created).ref;
  }
  const textOf = async (SecretId: string) =>
    (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;

  it('tells the value of a secret by its ARN and by its name', async () => {
    const arn = deploy({ Name: 'stripe', SecretString: 'sk_test' });

    expect(arn).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:stripe-\w{6}$/);
    for (const id of [arn, 'stripe', arn.slice(0, -7)]) expect(await textOf(id)).toBe('sk_test');
    expect(await client.send(new GetSecretValueCommand({ SecretId: arn }))).toMatchObject({
      ARN: arn,
      Name: 'stripe',
      VersionStages: ['AWSCURRENT'],
      CreatedDate: expect.any(Date),
    });
  });

  it('generates a value where none is given, another one for each secret', async () => {
    const [one, other] = [deploy({ GenerateSecretString: { PasswordLength: 48 } }), deploy({}, 'Other')];

    expect(await textOf(one)).toHaveLength(48);
    expect(await textOf(other)).toHaveLength(32);
    expect(await textOf(other)).not.toBe(await textOf(one));
  });

  it('keeps a generated value across restarts, out of the sight of others', async () => {
    await aws.stop();
    await start({ data: folder });
    const arn = deploy({ GenerateSecretString: {} });
    const value = await textOf(arn);

    await aws.stop();
    await start({ data: folder });

    expect(deploy({ GenerateSecretString: {} })).toBe(arn);
    expect(await textOf(arn)).toBe(value);
    expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('takes a new value of the template after a restart', async () => {
    await aws.stop();
    await start({ data: folder });
    deploy({ SecretString: 'old' });
    await aws.stop();
    await start({ data: folder });

    expect(await textOf(deploy({ SecretString: 'new' }))).toBe('new');
  });

  const put = (SecretString: string, more = {}) =>
    client.send(new PutSecretValueCommand({ SecretId: 'key', SecretString, ...more }));
  const get = (more: object) => client.send(new GetSecretValueCommand({ SecretId: 'key', ...more }));

  it('takes a new value and keeps the previous one', async () => {
    deploy({ Name: 'key', SecretString: 'first' });

    const second = await put('second');
    const third = await put('third');

    expect(await textOf('key')).toBe('third');
    expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({
      SecretString: 'second',
      VersionId: second.VersionId,
      VersionStages: ['AWSPREVIOUS'],
    });
    expect(await get({ VersionId: second.VersionId })).toMatchObject({ SecretString: 'second' });
    expect(await get({ VersionId: third.VersionId })).toMatchObject({ SecretString: 'third' });
    expect(await client.send(new DescribeSecretCommand({ SecretId: 'key' }))).toMatchObject({
      VersionIdsToStages: {
        [second.VersionId ?? '']: ['AWSPREVIOUS'],
        [third.VersionId ?? '']: ['AWSCURRENT'],
      },
    });
  });

  it('takes a repeated value once, and refuses another one with the same token', async () => {
    deploy({ Name: 'key', SecretString: 'first' });
    const ClientRequestToken = '0193a7f0-0000-7000-8000-000000000000';

    await put('second', { ClientRequestToken });
    await put('second', { ClientRequestToken });

    expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'first' });
    await expect(put('third', { ClientRequestToken })).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
  });

  it('updates value and description', async () => {
    deploy({ Name: 'key', SecretString: 'first' });

    const update = { SecretId: 'key', SecretString: 'second', Description: 'Signs.' };
    await client.send(new UpdateSecretCommand(update));

    expect(await textOf('key')).toBe('second');
    expect((await client.send(new DescribeSecretCommand({ SecretId: 'key' }))).Description).toBe('Signs.');
  });

  it("keeps an operator's value across restarts until the template's changes", async () => {
    for (const [declared, expected] of [
      ['first', 'first'],
      ['first', 'rotated'],
      ['second', 'second'],
    ] as const) {
      await aws.stop();
      await start({ data: folder });
      deploy({ Name: 'key', SecretString: declared });

      expect(await textOf('key')).toBe(expected);
      await put('rotated');
    }
  });

  it('refuses binary values and stages of its caller', async () => {
    deploy({ Name: 'key', SecretString: 'first' });
    const binary = new PutSecretValueCommand({ SecretId: 'key', SecretBinary: Buffer.from('x') });

    await expect(client.send(binary)).rejects.toThrow('it has no SecretBinary');
    await expect(put('x', { VersionStages: ['MINE'] })).rejects.toThrow('the stage AWSCURRENT');
  });

  it('describes and lists secrets without their values', async () => {
    const arn = deploy({ Name: 'key', Description: 'Signs.', SecretString: 'hush' });

    const described = await client.send(new DescribeSecretCommand({ SecretId: 'key' }));
    const { SecretList } = await client.send(new ListSecretsCommand({}));

    expect(described).toMatchObject({ ARN: arn, Name: 'key', Description: 'Signs.' });
    expect(SecretList).toMatchObject([{ ARN: arn, Name: 'key' }]);
    expect(JSON.stringify([described, SecretList])).not.toContain('hush');
  });

  it('refuses an unknown secret, a version that never was, and an unknown operation', async () => {
    const SecretId = deploy({ SecretString: 'x' });
    const previous = new GetSecretValueCommand({ SecretId, VersionStage: 'AWSPREVIOUS' });

    await expect(textOf('nobody')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(client.send(previous)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const headers = { 'x-amz-target': 'secretsmanager.DeleteSecret' };
    const request = {
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers,
      body: Buffer.from(''),
    };
    expect(() => secrets.service.read(request)).toThrow('DeleteSecret');
  });

  it('refuses a role that may not read this very secret', async () => {
    const [mine, other] = [deploy({}, 'Mine'), deploy({}, 'Other')];
    const role = 'arn:aws:iam::000000000000:role/Reader';
    aws.access.attach(role, [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: mine }]);
    const reader = clientOf({ accessKeyId: aws.access.accessKeyFor(role), secretAccessKey: 'x' });
    const read = (SecretId: string) => reader.send(new GetSecretValueCommand({ SecretId }));

    expect((await read(mine)).SecretString).toHaveLength(32);
    expect((await read('Mine')).ARN).toBe(mine);
    for (const id of [other, 'Other', 'nobody'])
      await expect(read(id)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('refuses a secret with two values', () => {
    expect(() => deploy({ SecretString: 'x', GenerateSecretString: {} })).toThrow('exclude each other');
  });
});

describe('a generated secret', () => {
  it('holds one of each kind of character, unless told otherwise', () => {
    for (let i = 0; i < 50; i++) {
      const value = generateSecretString({ PasswordLength: 4 });
      for (const kind of [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/]) expect(value).toMatch(kind);
    }
  });

  it('holds nothing that is excluded', () => {
    const options = { PasswordLength: 2_000, ExcludePunctuation: true, ExcludeUppercase: true };

    const value = generateSecretString({ ...options, ExcludeCharacters: 'abc123' });

    expect(value).toMatch(/^[d-z04-9]{2000}$/);
  });

  it('stands in a template where there is one', () => {
    const value = generateSecretString({
      SecretStringTemplate: '{"user":"ada"}',
      GenerateStringKey: 'password',
      PasswordLength: 8,
    });

    expect(JSON.parse(value)).toEqual({ user: 'ada', password: expect.stringMatching(/^.{8}$/) });
  });

  it.each([
    ['a length that is none', { PasswordLength: 0 }, 'PasswordLength is 0'],
    ['too short a length', { PasswordLength: 3 }, 'one of each included type needs 4'],
    [
      'nothing to choose from',
      {
        ExcludeLowercase: true,
        ExcludeUppercase: true,
        ExcludeNumbers: true,
        ExcludePunctuation: true,
      },
      'excludes every character',
    ],
    ['a key without a template', { GenerateStringKey: 'k' }, 'need each other'],
  ])('refuses %s', (_, options, message) => {
    expect(() => generateSecretString(options)).toThrow(message);
  });
});
