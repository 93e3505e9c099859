import { createHash } from 'node:crypto';
import type { Cloud, Resource, ResourceKind } from '../cloud.ts';
import { createHttpGateway, type HttpGateway } from '../http/http-gateway.ts';
import { checkIdentitySource, type JwtAuthorizer } from '../http/jwt-authorizer.ts';
import type { BucketSize } from '../http/token-bucket.ts';

interface HttpApi {
  readonly gateway: HttpGateway;
  readonly integrations: Map<string, { readonly functionArn: string; readonly timeoutMs: number }>;
  readonly authorizers: Map<string, JwtAuthorizer>;
}

/** The HTTP APIs of each cloud by id: routes, integrations, stages and authorizers name the API they belong to. */
const deployed = new WeakMap<Cloud, Map<string, HttpApi>>();

const maxTimeoutMs = 30_000;

const api: ResourceKind = {
  type: 'AWS::ApiGatewayV2::Api',
  honoured: ['ProtocolType', 'CorsConfiguration', 'RouteSelectionExpression'],
  harmless: ['Name', 'Description', 'Tags', 'Version', 'DisableExecuteApiEndpoint', 'IpAddressType'],
  create({ properties, path }, cloud) {
    if (properties.ProtocolType !== 'HTTP') {
      throw new Error(
        `ProtocolType is ${properties.ProtocolType}; the local cloud's HTTP gateway serves HTTP`,
      );
    }
    if (!cloud.issuer) throw new Error('An HTTP API needs the issuer of the local cloud');
    const id = idOf(path);
    const cors = properties.CorsConfiguration;
    const apis = deployed.get(cloud) ?? new Map<string, HttpApi>();
    deployed.set(cloud, apis);
    apis.set(id, {
      gateway: createHttpGateway(cloud, { id, ...(cors && { cors }) }, cloud.issuer.verify),
      integrations: new Map(),
      authorizers: new Map(),
    });
    return { ref: id, attributes: { ApiId: id, ApiEndpoint: cloud.publicUrl } };
  },
};

const integration: ResourceKind = {
  type: 'AWS::ApiGatewayV2::Integration',
  honoured: [
    'ApiId',
    'IntegrationType',
    'IntegrationUri',
    'PayloadFormatVersion',
    'TimeoutInMillis',
    'ConnectionType',
  ],
  harmless: ['Description', 'IntegrationMethod'],
  create(resource, cloud) {
    const { properties, path } = resource;
    expect(properties, 'IntegrationType', 'AWS_PROXY');
    expect(properties, 'PayloadFormatVersion', '2.0');
    expect({ ConnectionType: 'INTERNET', ...properties }, 'ConnectionType', 'INTERNET');
    const [functionArn] = /arn:aws:lambda:[^/]+/.exec(properties.IntegrationUri) ?? [];
    if (!functionArn)
      throw new Error(`IntegrationUri is ${properties.IntegrationUri}; allowed: the ARN of a function`);

    const id = idOf(path);
    const timeoutMs = Number(properties.TimeoutInMillis ?? maxTimeoutMs);
    if (timeoutMs < 50 || timeoutMs > maxTimeoutMs) {
      throw new Error(`TimeoutInMillis is ${timeoutMs}; allowed: 50 to ${maxTimeoutMs}`);
    }
    apiOf(resource, cloud).integrations.set(id, { functionArn, timeoutMs });
    return { ref: id, attributes: { IntegrationId: id } };
  },
};

const authorizer: ResourceKind = {
  type: 'AWS::ApiGatewayV2::Authorizer',
  honoured: [
    'ApiId',
    'AuthorizerType',
    'IdentitySource',
    'JwtConfiguration.Issuer',
    'JwtConfiguration.Audience',
  ],
  harmless: ['Name'],
  create(resource, cloud) {
    const { properties, path } = resource;
    expect(properties, 'AuthorizerType', 'JWT');
    const [identitySource = ''] = properties.IdentitySource ?? [];
    checkIdentitySource(identitySource);
    const { Issuer: issuer, Audience: audiences = [] } = properties.JwtConfiguration ?? {};
    const id = idOf(path);
    apiOf(resource, cloud).authorizers.set(id, { identitySource, issuer, audiences });
    return { ref: id, attributes: { AuthorizerId: id } };
  },
};

const route: ResourceKind = {
  type: 'AWS::ApiGatewayV2::Route',
  honoured: [
    'ApiId',
    'RouteKey',
    'Target',
    'AuthorizationType',
    'AuthorizerId',
    'AuthorizationScopes',
    'ApiKeyRequired',
  ],
  harmless: ['OperationName'],
  create(resource, cloud) {
    const { properties, path } = resource;
    const { gateway, integrations, authorizers } = apiOf(resource, cloud);
    const target = integrations.get(String(properties.Target).replace(/^integrations\//, ''));
    if (!target)
      throw new Error(`Target is ${properties.Target}; allowed: integrations/<an integration of this API>`);
    if (properties.ApiKeyRequired) throw new Error('ApiKeyRequired is true; HTTP APIs have no API keys');

    const authorization = properties.AuthorizationType ?? 'NONE';
    if (!['NONE', 'JWT'].includes(authorization)) {
      throw new Error(`AuthorizationType is ${authorization}; the local cloud knows NONE and JWT`);
    }
    const jwt = authorizers.get(properties.AuthorizerId);
    if (authorization === 'JWT' && !jwt) {
      throw new Error(`AuthorizerId is ${properties.AuthorizerId}; allowed: an authorizer of this API`);
    }
    gateway.addRoute({
      key: properties.RouteKey,
      ...target,
      ...(authorization === 'JWT' &&
        jwt && { authorizer: jwt, scopes: properties.AuthorizationScopes ?? [] }),
    });
    const id = idOf(path);
    return { ref: id, attributes: { RouteId: id } };
  },
};

const stage: ResourceKind = {
  type: 'AWS::ApiGatewayV2::Stage',
  honoured: ['ApiId', 'StageName', 'StageVariables', 'DefaultRouteSettings', 'RouteSettings'],
  harmless: ['AccessLogSettings', 'AutoDeploy', 'DeploymentId', 'Description', 'Tags'],
  create(resource, cloud) {
    const {
      StageName: name,
      StageVariables: variables,
      DefaultRouteSettings,
      RouteSettings,
    } = resource.properties;
    const handler = apiOf(resource, cloud).gateway.stage({
      name,
      ...(variables && { variables }),
      throttling: (routeKey) => bucketSize({ ...DefaultRouteSettings, ...RouteSettings?.[routeKey] }),
    });
    // When everything else is mounted: a $default stage answers whatever is left.
    return { ref: name, start: () => cloud.mount(handler) };
  },
};

/** HTTP APIs of API Gateway. */
export const httpApiKinds: readonly ResourceKind[] = [api, integration, authorizer, route, stage];

/** Ten letters and digits, as API Gateway's ids; the same at every start. */
function idOf(path: string): string {
  const digest = createHash('sha256').update(path).digest();
  return BigInt(`0x${digest.toString('hex')}`)
    .toString(36)
    .slice(0, 10);
}

function apiOf({ properties }: Resource, cloud: Cloud): HttpApi {
  const found = deployed.get(cloud)?.get(properties.ApiId);
  if (!found) throw new Error(`ApiId is ${properties.ApiId}; there is no such HTTP API`);
  return found;
}

function expect(properties: Resource['properties'], name: string, allowed: string): void {
  if (properties[name] === allowed) return;
  throw new Error(`${name} is ${JSON.stringify(properties[name])}; the local cloud knows ${allowed}`);
}

function bucketSize(settings: Readonly<Record<string, unknown>>): BucketSize | undefined {
  const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = settings;
  if (rate === undefined && burst === undefined) return undefined;
  // One without the other: AWS's account limits stand in, which nobody reaches here.
  return { ratePerSecond: Number(rate ?? 10_000), burst: Number(burst ?? 5_000) };
}
