import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { apiGatewayKinds } from '../../src/api-gateway/api-gateway-kinds.ts';
import type { Created, ResourceKind } from '../../src/cloudformation/resource-kind.ts';
import { httpApiKinds } from '../../src/http-api/http-api.ts';
import { createWebSocketApis } from '../../src/websocket-api/websocket-api.ts';
import type { PublicRoute } from '../../src/wire/public-endpoint.ts';

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
  kinds = apiGatewayKinds({ HTTP: httpApiKinds(ports), WEBSOCKET: createWebSocketApis(ports).kinds });
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

  it('throttles by the settings of the route, or else of the stage', async () => {
    const { ApiId, Target } = await createApi();
    for (const RouteKey of ['GET /few', 'GET /fewer'])
      await create('Route', { ApiId, Target, RouteKey }, RouteKey);
    const stage = await create('Stage', {
      ApiId,
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 2 },
      RouteSettings: { 'GET /fewer': { ThrottlingBurstLimit: 1 } },
    });

    const url = await open(stage);
    const statuses = [];
    for (const path of ['few', 'few', 'few', 'fewer', 'fewer'])
      statuses.push((await fetch(`${url}/${path}`)).status);

    expect(statuses).toEqual([200, 200, 429, 200, 429]);
  });

  it('has the same id at every start', async () => {
    const { ApiId } = await createApi();

    expect(ApiId).toMatch(/^[a-z0-9]{10}$/);
    expect((await createApi()).ApiId).toBe(ApiId);
  });

  it('refuses what it would do otherwise than AWS', async () => {
    const { ApiId, Target } = await createApi();

    await expect(create('Stage', { ApiId, StageName: 'api' })).rejects.toThrow('AutoDeploy');
    await expect(create('Api', { ProtocolType: 'HTTP', DisableExecuteApiEndpoint: true })).rejects.toThrow(
      'DisableExecuteApiEndpoint is true',
    );
    await expect(create('Api', { ProtocolType: 'FTP' })).rejects.toThrow('ProtocolType is FTP');
    await expect(create('Integration', { ApiId, ...proxy, PayloadFormatVersion: '1.0' })).rejects.toThrow(
      '"1.0"',
    );
    await expect(create('Integration', { ApiId, ...proxy, TimeoutInMillis: 31_000 })).rejects.toThrow(
      '31000',
    );
    await expect(create('Authorizer', { ApiId, AuthorizerType: 'REQUEST' })).rejects.toThrow('"REQUEST"');
    await expect(create('Route', { ApiId, Target: 'integrations/none', RouteKey: 'GET /' })).rejects.toThrow(
      'none',
    );
    await expect(
      create('Route', { ApiId, Target, RouteKey: 'GET /', AuthorizationType: 'AWS_IAM' }),
    ).rejects.toThrow('AWS_IAM');
  });
});

describe('a WebSocket API of a template', () => {
  it('takes no authorizer', async () => {
    const { ref: ApiId } = await create('Api', {
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    });

    await expect(create('Authorizer', { ApiId, AuthorizerType: 'JWT' })).rejects.toThrow('WEBSOCKET');
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
