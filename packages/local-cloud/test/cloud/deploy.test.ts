import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { CloudOptions } from '../../src/cloud/cloud-options.ts';
import { type Deployment, deploy } from '../../src/cloud/deploy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const options = { port: 0, awsPort: 0, timeScale: 1, seed: 1 };
const running: Deployment[] = [];
afterEach(async () => {
  for (const { cloud } of running.splice(0)) await cloud.stop();
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

async function start(template: object, given: Partial<CloudOptions> = {}) {
  const deployment = await deploy({
    assembly: assembly(template),
    options: { ...options, ...given },
    log: () => {},
  });
  running.push(deployment);
  return deployment;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('deploying', () => {
  it('tells where the stages of its APIs answer', async () => {
    const api = (ProtocolType: string, more = {}) => ({
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { ProtocolType, ...more },
    });
    const stage = (Ref: string, StageName: string) => ({
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: { Ref }, StageName, AutoDeploy: true },
    });

    const {
      api: httpUrl,
      live,
      cloud,
    } = await start({
      Resources: {
        Http: api('HTTP'),
        HttpStage: stage('Http', 'api'),
        Socket: api('WEBSOCKET', { RouteSelectionExpression: '$request.body.action' }),
        SocketStage: stage('Socket', 'live'),
      },
    });

    expect(httpUrl).toBe(`${cloud.publicUrl}/api`);
    expect(live).toBe(`${cloud.publicUrl.replace('http', 'ws')}/live`);
  });

  it('issues tokens that the deployed authorizer accepts', async () => {
    const { token, cloud, outputs } = await start({
      Resources: {
        Pool: { Type: 'AWS::Cognito::UserPool', Properties: { UserPoolName: 'people' } },
        Client: { Type: 'AWS::Cognito::UserPoolClient' },
        Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
        Authorizer: {
          Type: 'AWS::ApiGatewayV2::Authorizer',
          Properties: {
            ApiId: { Ref: 'Api' },
            AuthorizerType: 'JWT',
            IdentitySource: ['$request.header.Authorization'],
            JwtConfiguration: {
              Audience: [{ Ref: 'Client' }],
              Issuer: { 'Fn::GetAtt': ['Pool', 'ProviderURL'] },
            },
          },
        },
      },
      Outputs: {
        Issuer: { Value: { 'Fn::GetAtt': ['Pool', 'ProviderURL'] } },
        Audience: { Value: { Ref: 'Client' } },
      },
    });
    const { Issuer = '', Audience = '' } = outputs;

    const claims = await cloud.issuer.verify(await token({ sub: 'ada' }), {
      issuer: Issuer,
      audiences: [Audience],
    });

    expect(claims.sub).toBe('ada');
    expect(Issuer).toMatch(/^https:\/\/cognito-idp\.us-east-1\.amazonaws\.com\/us-east-1_/);
  });

  it('refuses a template with an unknown type and frees its ports', async () => {
    const port = await freePort();

    await expect(start({ Resources: { Bucket: { Type: 'AWS::S3::Bucket' } } }, { port })).rejects.toThrow(
      'Bucket: the type AWS::S3::Bucket is not known',
    );

    expect((await start({}, { port })).cloud.publicUrl).toBe(`http://127.0.0.1:${port}`);
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
});

it('a data folder that cannot be one is named', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');

  await expect(start({ Resources: {} }, { data: file })).rejects.toThrow(
    `--data ${file} cannot be the folder of the data: EEXIST`,
  );
});

it('serves control routes, those of the project too', async () => {
  const views = { ledger: () => ({ charges: [] }) };
  const deployment = await deploy({ assembly: assembly({}), options, log: () => {}, views });
  running.push(deployment);
  const { cloud } = deployment;
  const get = async (path: string) => (await fetch(`${cloud.publicUrl}/_local/${path}`)).json();

  const { token } = (await get('token?sub=grace')) as { token: string };
  const rule = { issuer: 'local', audiences: ['local'] };

  await expect(cloud.issuer.verify(token, rule)).resolves.toMatchObject({ sub: 'grace' });
  expect(await get('ledger')).toEqual({ charges: [] });
});
