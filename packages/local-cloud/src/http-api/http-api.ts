import {
  type DeployedApi,
  DeployedApis,
  expect,
  idOf,
  proxyIntegration,
  routeThrottling,
  targetOf,
} from '../api-gateway/deployed-api.ts';
import type { ResourceKind } from '../wire/cloud.ts';
import { createHttpGateway, type HttpGateway } from './http-gateway.ts';
import { checkIdentitySource, type JwtAuthorizer } from './jwt-authorizer.ts';

interface HttpApi extends DeployedApi {
  readonly gateway: HttpGateway;
  readonly authorizers: Map<string, JwtAuthorizer>;
}

const apis = new DeployedApis<HttpApi>('HTTP');

const maxTimeoutMs = 30_000;

const api: ResourceKind = {
  type: 'AWS::ApiGatewayV2::Api',
  honoured: ['ProtocolType', 'CorsConfiguration', 'DisableExecuteApiEndpoint', 'RouteSelectionExpression'],
  harmless: ['Name', 'Description', 'Tags', 'Version', 'IpAddressType'],
  create({ properties, path }, cloud) {
    if (properties.ProtocolType !== 'HTTP') {
      throw new Error(
        `ProtocolType is ${properties.ProtocolType}; the local cloud's HTTP gateway serves HTTP`,
      );
    }
    expect({ DisableExecuteApiEndpoint: false, ...properties }, 'DisableExecuteApiEndpoint', false);
    const id = idOf(path);
    const cors = properties.CorsConfiguration;
    apis.add(cloud, id, {
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
    expect(properties, 'PayloadFormatVersion', '2.0');
    expect({ ConnectionType: 'INTERNET', ...properties }, 'ConnectionType', 'INTERNET');
    const id = idOf(path);
    apis.of(resource, cloud).integrations.set(id, proxyIntegration(properties, maxTimeoutMs));
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
    apis.of(resource, cloud).authorizers.set(id, { identitySource, issuer, audiences });
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
    const api = apis.of(resource, cloud);
    const target = targetOf(properties, api);
    const authorization = properties.AuthorizationType ?? 'NONE';
    if (!['NONE', 'JWT'].includes(authorization)) {
      throw new Error(`AuthorizationType is ${authorization}; the local cloud knows NONE and JWT`);
    }
    const jwt = api.authorizers.get(properties.AuthorizerId);
    if (authorization === 'JWT' && !jwt) {
      throw new Error(`AuthorizerId is ${properties.AuthorizerId}; allowed: an authorizer of this API`);
    }
    api.gateway.addRoute({
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
    const { StageName: name, StageVariables: variables } = resource.properties;
    const handler = apis.of(resource, cloud).gateway.stage({
      name,
      ...(variables && { variables }),
      throttling: routeThrottling(resource.properties),
    });
    // When everything else is mounted: a $default stage answers whatever is left.
    return { ref: name, start: () => cloud.mount(handler) };
  },
};

/** HTTP APIs of API Gateway. */
export const httpApiKinds: readonly ResourceKind[] = [api, integration, authorizer, route, stage];
