import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Parts } from '../../src/cloud/create-cloud.ts';
import { type Deployment, deploy } from '../../src/cloud/deploy.ts';
import { inertKinds } from '../../src/cloudformation/inert.ts';
import { userPoolKinds } from '../../src/cognito/user-pool.ts';
import { roleKinds } from '../../src/iam/role.ts';
import type { Functions } from '../../src/lambda/functions.ts';
import type { Cloud, CloudOptions, Resource, ResourceKind } from '../../src/wire/cloud.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const options = { port: 0, awsPort: 0, timeScale: 1, seed: 1 };
const running: Deployment[] = [];
afterEach(async () => {
  for (const { stop } of running.splice(0)) await stop();
});

function assembly(template: object): string {
  const folder = temporaryFolder();
  const artifacts = {
    Orders: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Orders.template.json' } },
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ artifacts }));
  writeFileSync(join(folder, 'Orders.template.json'), JSON.stringify(template));
  return folder;
}

/** Deploys a template with kinds that note what happens to them. */
async function start(template: object, given: Partial<CloudOptions> = {}) {
  const story: string[] = [];
  const seen = new Map<string, Resource>();
  const noting = (type: string, honoured: readonly string[]): ResourceKind => ({
    type,
    honoured,
    create(resource) {
      seen.set(resource.logicalId, resource);
      story.push(`create ${resource.logicalId}`);
      return {
        ref: resource.logicalId.toLowerCase(),
        start: () => void story.push(`start ${resource.logicalId}`),
        stop: () => void story.push(`stop ${resource.logicalId}`),
      };
    },
  });
  const parts: Parts = {
    kinds: [
      noting('AWS::ApiGatewayV2::Api', ['ProtocolType']),
      noting('AWS::ApiGatewayV2::Stage', ['ApiId', 'StageName']),
      noting('AWS::ApiGatewayV2::Authorizer', ['*', 'AuthorizerType', 'JwtConfiguration']),
      noting('Test::Part', ['Url', 'Partly.Known']),
      ...roleKinds,
      ...userPoolKinds,
      ...inertKinds,
    ],
    services: [
      () => ({
        name: 'dynamodb',
        read: () => ({ operation: 'GetItem', input: {} }),
        permissions: () => [],
        perform: async ({ input }) => ledgerPage(input.ExclusiveStartKey),
      }),
    ],
    functions: () => ({ define() {}, paths: () => [], stop: async () => {} }) as unknown as Functions,
  };
  const deployment = await deploy(assembly(template), { ...options, ...given }, silent, parts);
  running.push(deployment);
  return { ...deployment, story, seen };
}

const silent: Cloud['log'] = () => {};

function ledgerPage(after: unknown) {
  const entry = (kind: string, jobId: string, at: string) => ({
    kind: { S: kind },
    jobId: { S: jobId },
    amount: { N: '1999' },
    currency: { S: 'EUR' },
    at: { S: at },
    secret: { S: 'x' },
  });
  return after === undefined
    ? { Items: [entry('charge', 'b', '2026-01-02')], LastEvaluatedKey: { id: { S: 'b' } } }
    : { Items: [entry('charge', 'a', '2026-01-01'), entry('refund', 'a', '2026-01-03')] };
}

const apis = {
  Http: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
  HttpStage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Http' }, StageName: 'api' } },
  Socket: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } },
  SocketStage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: { ApiId: { Ref: 'Socket' }, StageName: 'live' },
  },
};
const host = '.execute-api.us-east-1.amazonaws.com';

describe('deploying', () => {
  it('creates in dependency order, starts when all is there, stops in reverse', async () => {
    const { story, stop } = await start({
      Resources: { B: { Type: 'Test::Part', DependsOn: 'A' }, A: { Type: 'Test::Part' } },
    });

    await stop();

    expect(story).toEqual(['create A', 'create B', 'start A', 'start B', 'stop B', 'stop A']);
  });

  it('gives deployed APIs addresses on this machine', async () => {
    const { api, live, cloud, outputs, seen } = await start({
      Resources: {
        Part: {
          Type: 'Test::Part',
          Properties: { Url: { 'Fn::Join': ['', ['https://', { Ref: 'Socket' }, `${host}/live`]] } },
        },
        ...apis,
      },
      Outputs: {
        OrdersUrl: { Value: { 'Fn::Join': ['', ['https://', { Ref: 'Http' }, `${host}/api/orders`]] } },
      },
    });

    expect(api).toBe(`${cloud.publicUrl}/api`);
    expect(live).toBe(`${cloud.publicUrl.replace('http', 'ws')}/live`);
    expect(outputs.OrdersUrl).toBe(`${cloud.publicUrl}/api/orders`);
    expect(seen.get('Part')?.properties.Url).toBe(`${cloud.awsUrl}/live`);
  });

  it('issues tokens that the deployed authorizer accepts', async () => {
    const { token, cloud, seen } = await start({
      Resources: {
        Pool: { Type: 'AWS::Cognito::UserPool', Properties: { UserPoolName: 'people' } },
        Client: { Type: 'AWS::Cognito::UserPoolClient' },
        Authorizer: {
          Type: 'AWS::ApiGatewayV2::Authorizer',
          Properties: {
            AuthorizerType: 'JWT',
            JwtConfiguration: {
              Audience: [{ Ref: 'Client' }],
              Issuer: { 'Fn::GetAtt': ['Pool', 'ProviderURL'] },
            },
          },
        },
      },
    });
    const { Issuer, Audience } = seen.get('Authorizer')?.properties.JwtConfiguration ?? {};

    const claims = await cloud.issuer.verify(await token('ada'), { issuer: Issuer, audiences: Audience });

    expect(claims?.sub).toBe('ada');
    expect(Issuer).toMatch(/^https:\/\/cognito-idp\.us-east-1\.amazonaws\.com\/us-east-1_/);
  });

  it('enforces the policies of roles', async () => {
    const statement = (Action: string) => ({ Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
    const { cloud } = await start({
      Resources: {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: {},
            ManagedPolicyArns: [
              'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
              { Ref: 'Managed' },
            ],
            Policies: [{ PolicyName: 'Inline', PolicyDocument: statement('ses:SendEmail') }],
          },
        },
        Managed: {
          Type: 'AWS::IAM::ManagedPolicy',
          Properties: { PolicyDocument: statement('sqs:SendMessage') },
        },
        Policy: {
          Type: 'AWS::IAM::Policy',
          Properties: {
            PolicyName: 'P',
            PolicyDocument: statement('dynamodb:GetItem'),
            Roles: [{ Ref: 'Role' }],
          },
        },
      },
    });
    const key = cloud.access.accessKeyFor('arn:aws:iam::000000000000:role/Role');

    for (const action of ['ses:SendEmail', 'sqs:SendMessage', 'dynamodb:GetItem', 'logs:PutLogEvents']) {
      expect(() => cloud.access.authorize(key, action, 'arn:any')).not.toThrow();
    }
    expect(() => cloud.access.authorize(key, 'dynamodb:PutItem', 'arn:any')).toThrow(/not authorized/);
  });

  it('refuses everything it would ignore, in one error', async () => {
    const refused = start({
      Resources: {
        Bucket: { Type: 'AWS::S3::Bucket', Metadata: { 'aws:cdk:path': 'Orders/Bucket/Resource' } },
        Part: { Type: 'Test::Part', Properties: { Color: 'red', Partly: { Known: 1, Unknown: 2 } } },
        Log: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 7 } },
      },
    });

    await expect(refused).rejects.toThrow(
      [
        'The template asks for what the local cloud does not do:',
        '  - Orders/Bucket/Resource: the type AWS::S3::Bucket is not known',
        '  - Part: Color of Test::Part would be ignored',
        '  - Part: Partly.Unknown of Test::Part would be ignored',
      ].join('\n'),
    );
  });

  it('says which port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;

    await expect(start({}, { port })).rejects.toThrow(
      `Port ${port} is in use: choose another with --port, or 0 for a free one`,
    );
    other.close();
  });

  it('stops while a request is in flight', async () => {
    const { cloud, stop } = await start({});
    let arrived = () => {};
    const inFlight = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    cloud.mount({ matches: ({ url }) => url === '/never', handle: async () => arrived() });
    const request = fetch(`${cloud.publicUrl}/never`).catch((error: Error) => error.message);
    await inFlight;

    await stop();

    expect(await request).toBe('fetch failed');
  });
});

it('a data folder that cannot be one is named', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');

  await expect(start({ Resources: {} }, { data: file })).rejects.toThrow(
    `--data ${file} cannot be the folder of the data: EEXIST`,
  );
});

describe('control routes', () => {
  const control = async () => {
    const { cloud } = await start({ Outputs: { LedgerTable: { Value: 'ledger' } } });
    const ask = (path: string, init: RequestInit = {}) => fetch(`${cloud.publicUrl}/_local/${path}`, init);
    return { cloud, ask, json: async (path: string) => (await ask(path)).json() };
  };

  it('issue tokens for any owner', async () => {
    const { json, cloud } = await control();

    const { token } = (await json('token?sub=grace')) as { token: string };
    const rule = { issuer: `${cloud.publicUrl}/_local/issuer`, audiences: ['local'] };

    await expect(cloud.issuer.verify(token, rule)).resolves.toMatchObject({ sub: 'grace' });
    expect(await json('issuer/.well-known/jwks.json')).toMatchObject({
      keys: [{ alg: 'RS256', use: 'sig' }],
    });
    expect(JSON.stringify(await json('issuer/.well-known/jwks.json'))).not.toContain('"d"');
  });

  it('inject faults and remove them', async () => {
    const { ask, cloud } = await control();
    const add = (fault: object) => ask('faults', { method: 'POST', body: JSON.stringify(fault) });

    const added = await add({ target: 'socket', effect: 'drop' });
    const refused = await add({ target: 'socket', effect: 'burn' });

    expect(await added.json()).toEqual({ id: expect.any(String) });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toEqual({ message: 'effect of socket is "burn"; allowed: drop' });
    expect((await ask('faults', { method: 'DELETE' })).status).toBe(204);
    expect(cloud.faults.strike({ kind: 'socket', name: '' })).toBeUndefined();
  });

  it('show the whole ledger, oldest first', async () => {
    const { json } = await control();

    expect(await json('ledger')).toEqual({
      charges: [
        { jobId: 'a', amount: 1999, currency: 'EUR', at: '2026-01-01' },
        { jobId: 'b', amount: 1999, currency: 'EUR', at: '2026-01-02' },
      ],
      refunds: [{ jobId: 'a', amount: 1999, currency: 'EUR', at: '2026-01-03' }],
    });
  });

  it('count usage from the last reset', async () => {
    const { ask, json, cloud } = await control();
    cloud.usage.message('http');

    expect(await json('usage')).toMatchObject({ messages: { http: 1 } });
    await ask('usage', { method: 'DELETE' });
    expect(await json('usage')).toMatchObject({ messages: { http: 0 } });
  });

  it('refuse other methods and paths', async () => {
    const { ask } = await control();

    expect((await ask('usage', { method: 'PUT' })).status).toBe(405);
    expect((await ask('nothing')).status).toBe(404);
  });
});
