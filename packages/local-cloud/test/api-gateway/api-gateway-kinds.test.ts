import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { apiGatewayKinds } from '../../src/api-gateway/api-gateway-kinds.ts';
import type { Created, ResourceKind } from '../../src/cloudformation/resource-kind.ts';
import { httpApi } from '../../src/http-api/http-api.ts';
import type { FunctionDefinition } from '../../src/lambda/functions.ts';
import { createWebSocketApis } from '../../src/websocket-api/websocket-api.ts';
import type { PublicRoute } from '../../src/wire/public-endpoint.ts';
import { deployTemplate } from '../support/deploy-resources.ts';

let kinds: readonly ResourceKind[];
let mounted: PublicRoute[];
let invoked: string[];
const stops: (() => void)[] = [];

beforeEach(() => {
  mounted = [];
  invoked = [];
  const ports = {
    publicUrl: 'http://127.0.0.1:3000',
    functions: {
      find: (arn: string) => (arn === functionArn ? ({} as FunctionDefinition) : undefined),
      invoke: async (arn: string) => {
        invoked.push(arn);
        return { ok: true as const, payload: 'done' };
      },
    },
    faults: { strike: () => undefined },
    usage: { message: () => {} },
    mount: (route: PublicRoute) => void mounted.push(route),
    log: () => {},
    verify: async (token: string) => {
      if (token !== 'good') throw new Error('bad token');
      return { sub: 'ada' };
    },
  };
  const protocols = { HTTP: httpApi(ports), WEBSOCKET: createWebSocketApis(ports).protocol };
  kinds = apiGatewayKinds(ports, protocols);
});

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function create(type: string, properties: Record<string, unknown>, logicalId = type): Promise<Created> {
  const kind = kinds.find((candidate) => candidate.type === `AWS::ApiGatewayV2::${type}`);
  const path = `Orders/${logicalId}/Resource`;
  return (await kind?.create({
    logicalId,
    type: `AWS::ApiGatewayV2::${type}`,
    path,
    properties,
    assembly: '',
  })) as Created;
}

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:accept';
const proxy = { IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0', IntegrationUri: functionArn };

async function createApi() {
  const { ref: ApiId } = await create('Api', { ProtocolType: 'HTTP', Name: 'orders' });
  const { ref } = await create('Integration', { ApiId, ...proxy });
  return { ApiId, Target: `integrations/${ref}` };
}

/** Lets clients in, as the public port does. */
async function open(stage: Created): Promise<string> {
  await stage.start?.();
  const server = createServer((request, response) => void mounted[0]?.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('an HTTP API of a template', () => {
  it('leads from its stage through its authorizer to its function', async () => {
    const { ApiId, Target } = await createApi();
    const { ref: AuthorizerId } = await create('Authorizer', {
      ApiId,
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['orders'] },
    });
    const stage = await create('Stage', { ApiId, StageName: 'api', AutoDeploy: true });
    await create('Route', { ApiId, Target, RouteKey: 'GET /x', AuthorizationType: 'JWT', AuthorizerId });

    const url = await open(stage);
    const refused = await fetch(`${url}/api/x`);
    const accepted = await fetch(`${url}/api/x`, { headers: { authorization: 'Bearer good' } });

    expect([refused.status, accepted.status]).toEqual([401, 200]);
    expect(invoked).toEqual([functionArn]);
  });

  it('throttles each route by the settings of the stage', async () => {
    const { ApiId, Target } = await createApi();
    for (const RouteKey of ['GET /few', 'GET /other'])
      await create('Route', { ApiId, Target, RouteKey }, RouteKey);
    const stage = await create('Stage', {
      ApiId,
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 2 },
    });

    const url = await open(stage);
    const statuses = [];
    for (const path of ['few', 'few', 'few', 'other', 'other'])
      statuses.push((await fetch(`${url}/${path}`)).status);

    expect(statuses).toEqual([200, 200, 429, 200, 200]);
  });

  it('has no two routes of one key', async () => {
    const { ApiId, Target } = await createApi();
    await create('Route', { ApiId, Target, RouteKey: 'GET /x' }, 'First');

    await expect(create('Route', { ApiId, Target, RouteKey: 'GET /x' }, 'Second')).rejects.toThrow(
      'RouteKey is "GET /x"; allowed: a key that no other route has',
    );
  });

  it('has the same id at every start', async () => {
    const { ApiId } = await createApi();

    expect(ApiId).toMatch(/^[a-z0-9]{10}$/);
    expect((await createApi()).ApiId).toBe(ApiId);
  });
});

describe('a WebSocket API of a template', () => {
  it('takes no authorizer', async () => {
    const { ref: ApiId } = await create('Api', {
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    });

    await expect(create('Authorizer', { ApiId, AuthorizerType: 'JWT' })).rejects.toThrow(
      'An authorizer of a WEBSOCKET API is not known',
    );
  });

  it('refuses what only HTTP APIs know', async () => {
    const { ref: ApiId } = await create('Api', {
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    });

    await expect(create('Integration', { ApiId, ...proxy, ConnectionType: 'VPC_LINK' })).rejects.toThrow(
      'PayloadFormatVersion, ConnectionType of a WEBSOCKET API would be ignored',
    );
  });
});

/** Properties of a type instead of those that are deployed otherwise. */
type Changes = Readonly<Record<string, object>>;

describe.each(['HTTP', 'WEBSOCKET'] as const)('%s', (protocol) => {
  const isHttp = protocol === 'HTTP';
  const name = (type: string) => `AWS::ApiGatewayV2::${type}`;

  /** Deploys an API with one of everything. */
  function deploy(changes: Changes): Promise<unknown> {
    const ApiId = { Ref: 'Api' };
    const properties: Record<string, object> = {
      Api: {
        ProtocolType: protocol,
        ...(!isHttp && { RouteSelectionExpression: '$request.body.action' }),
      },
      Integration: {
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: functionArn,
        ...(isHttp && { PayloadFormatVersion: '2.0' }),
      },
      ...(isHttp && { Authorizer: { ApiId, ...authorizer } }),
      Route: {
        ApiId,
        RouteKey: isHttp ? 'GET /x' : 'x',
        Target: { 'Fn::Sub': `integrations/\${Integration}` },
        ...(isHttp && { AuthorizationType: 'JWT', AuthorizerId: { Ref: 'Authorizer' } }),
      },
      Stage: { ApiId, StageName: 'api', AutoDeploy: true },
    };
    const Resources = Object.fromEntries(
      Object.entries(properties).map(([type, own]) => [
        type,
        { Type: name(type), Properties: { ...own, ...changes[type] } },
      ]),
    );
    return deployTemplate(kinds, { Resources });
  }
  const authorizer = {
    AuthorizerType: 'JWT',
    IdentitySource: ['$request.header.Authorization'],
    JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['orders'] },
  };

  const both: readonly (readonly [string, Changes, string])[] = [
    [
      'an API of another protocol',
      { Api: { ProtocolType: 'http' } },
      'ProtocolType is "http"; allowed: HTTP',
    ],
    [
      'no default endpoint',
      { Api: { DisableExecuteApiEndpoint: true } },
      'DisableExecuteApiEndpoint is true',
    ],
    [
      'another integration',
      { Integration: { IntegrationType: 'MOCK' } },
      'IntegrationType is "MOCK"; allowed: AWS_PROXY',
    ],
    [
      'another method',
      { Integration: { IntegrationMethod: 'GET' } },
      'IntegrationMethod is "GET"; allowed: POST',
    ],
    [
      'an address',
      { Integration: { IntegrationUri: 'https://x' } },
      'IntegrationUri is "https://x"; allowed: the ARN',
    ],
    [
      'an alias',
      { Integration: { IntegrationUri: `${functionArn}:live` } },
      'accept:live"; allowed: a function of this template, without version or alias',
    ],
    ['no time', { Integration: { TimeoutInMillis: 49 } }, 'TimeoutInMillis is 49; allowed: 50 to'],
    ['too much time', { Integration: { TimeoutInMillis: '30001' } }, 'TimeoutInMillis is "30001"'],
    ['mapped parameters', { Integration: { RequestParameters: { a: 'b' } } }, 'RequestParameters'],
    ['credentials', { Integration: { CredentialsArn: 'arn' } }, 'CredentialsArn'],
    ['a target that is none', { Route: { Target: 'integrations/x' } }, 'Target is "integrations/x"'],
    ['an API key', { Route: { ApiKeyRequired: 'true' } }, 'ApiKeyRequired is true'],
    ['IAM', { Route: { AuthorizationType: 'AWS_IAM' } }, 'AuthorizationType is "AWS_IAM"; allowed: NONE'],
    ['a Lambda authorizer', { Route: { AuthorizationType: 'CUSTOM' } }, 'AuthorizationType is "CUSTOM"'],
    ['request parameters', { Route: { RequestParameters: [] } }, 'RequestParameters'],
    ['a stage without deployment', { Stage: { AutoDeploy: false } }, 'AutoDeploy is false; allowed: true'],
    ['a deployment', { Stage: { DeploymentId: 'd' } }, 'DeploymentId of AWS::ApiGatewayV2::Stage'],
    ['a name of a stage', { Stage: { StageName: 'a/b' } }, 'StageName is "a/b"; allowed: $default, letters'],
    ['a certificate', { Stage: { ClientCertificateId: 'c' } }, 'ClientCertificateId'],
    [
      'settings of a route',
      { Stage: { RouteSettings: { x: { ThrottlingRateLimit: 1 } } } },
      'RouteSettings of AWS::ApiGatewayV2::Stage would be ignored',
    ],
    [
      'a rate that is no number',
      { Stage: { DefaultRouteSettings: { ThrottlingRateLimit: 'many' } } },
      'ThrottlingRateLimit is "many"; allowed: a number from 0',
    ],
  ];
  const ofHttp: typeof both = [
    ['a selection', { Api: { RouteSelectionExpression: '$request.body.x' } }, 'RouteSelectionExpression is'],
    ['an OpenAPI body', { Api: { Body: {} } }, 'Body of AWS::ApiGatewayV2::Api would be ignored'],
    [
      'a misspelt origin',
      { Api: { CorsConfiguration: { AllowOrigin: '*' } } },
      'CorsConfiguration.AllowOrigin',
    ],
    [
      'credentials from anywhere',
      { Api: { CorsConfiguration: { AllowCredentials: true, AllowOrigins: ['*'] } } },
      'AllowOrigins is "*"; allowed: origins, with AllowCredentials',
    ],
    [
      'an origin without scheme',
      { Api: { CorsConfiguration: { AllowOrigins: ['example.com'] } } },
      'AllowOrigins is "example.com"; allowed: *, https://*',
    ],
    [
      'a wildcard within an origin',
      { Api: { CorsConfiguration: { AllowOrigins: ['https://*.example.com'] } } },
      'AllowOrigins is "https://*.example.com"',
    ],
    ['a method', { Api: { CorsConfiguration: { AllowMethods: ['get'] } } }, 'AllowMethods is "get"'],
    ['an age', { Api: { CorsConfiguration: { MaxAge: 86_401 } } }, 'MaxAge is 86401; allowed: -1 to 86400'],
    ['payload format 1.0', { Integration: { PayloadFormatVersion: '1.0' } }, 'PayloadFormatVersion is "1.0"'],
    ['a VPC link', { Integration: { ConnectionType: 'VPC_LINK' } }, 'ConnectionType is "VPC_LINK"'],
    ['a request authorizer', { Authorizer: { AuthorizerType: 'REQUEST' } }, 'AuthorizerType is "REQUEST"'],
    [
      'an identity source',
      { Authorizer: { IdentitySource: ['$context.x'] } },
      'IdentitySource is ["$context.x"]',
    ],
    [
      'two identity sources',
      { Authorizer: { IdentitySource: ['$request.header.A', '$request.header.B'] } },
      'IdentitySource is [',
    ],
    [
      'an issuer without TLS',
      { Authorizer: { JwtConfiguration: { Issuer: 'http://x', Audience: ['a'] } } },
      'Issuer is "http://x"; allowed: an https:// URL',
    ],
    [
      'no audience',
      { Authorizer: { JwtConfiguration: { Issuer: 'https://x', Audience: [] } } },
      'Audience is []; allowed: a list of one or more',
    ],
    ['an authorizer that is none', { Route: { AuthorizerId: 'none' } }, 'AuthorizerId is "none"'],
    [
      'an authorizer without use',
      { Route: { AuthorizationType: 'NONE' } },
      'AuthorizationType is "NONE"; allowed: JWT',
    ],
    ['a route key', { Route: { RouteKey: 'get /x' } }, 'RouteKey is "get /x"'],
    ['a part of a part', { Route: { RouteKey: 'GET /x{id}' } }, 'RouteKey is "GET /x{id}"'],
    ['two parameters of one name', { Route: { RouteKey: 'GET /{a}/{a}' } }, 'RouteKey is "GET /{a}/{a}"'],
    [
      'traces',
      { Stage: { DefaultRouteSettings: { DataTraceEnabled: true } } },
      'DataTraceEnabled of a HTTP API',
    ],
  ];
  const ofWebSocket: typeof both = [
    [
      'a selection',
      { Api: { RouteSelectionExpression: '$request.header.x' } },
      'RouteSelectionExpression is',
    ],
    [
      'half a brace',
      { Api: { RouteSelectionExpression: `\${request.body.x` } },
      'allowed: $request.body.MEMBER',
    ],
    ['a route of the gateway', { Route: { RouteKey: '$other' } }, 'RouteKey is "$other"; allowed: $connect'],
    ['a route without key', { Route: { RouteKey: '' } }, 'RouteKey is ""'],
    ['$default as stage', { Stage: { StageName: '$default' } }, 'StageName is "$default"'],
    [
      'an answer',
      { Route: { RouteResponseSelectionExpression: '$default' } },
      'RouteResponseSelectionExpression',
    ],
  ];

  it('is deployed as it stands', async () => {
    await expect(deploy({})).resolves.toBeDefined();
  });

  it.each([...both, ...(isHttp ? ofHttp : ofWebSocket)])('refuses %s', async (_, changes, message) => {
    const refusal = await deploy(changes).catch((error: Error) => error.message);

    expect(refusal).toContain(message);
    expect(refusal).toMatch(new RegExp(`(^|- )${Object.keys(changes).at(-1)}: `));
  });

  it('refuses a stage of the same name as another', async () => {
    await deploy({});

    await expect(deploy({})).rejects.toThrow(
      'Stage: StageName is "api"; allowed: a name that no other API has',
    );
  });
});
