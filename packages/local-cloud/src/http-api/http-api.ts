import {
  apiOf,
  type DeployedApi,
  expect,
  idOf,
  proxyIntegration,
  routeThrottling,
  targetOf,
} from '../api-gateway/deployed-api.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';
import { createHttpGateway, type HttpGateway, type HttpGatewayPorts } from './http-gateway.ts';
import { checkIdentitySource, type JwtAuthorizer } from './jwt-authorizer.ts';

interface HttpApi extends DeployedApi {
  readonly gateway: HttpGateway;
  readonly authorizers: Map<string, JwtAuthorizer>;
}

/** What HTTP APIs work with. */
export interface HttpApiPorts extends HttpGatewayPorts {
  /** Where the APIs answer. */
  readonly publicUrl: string;
  mount(route: PublicRoute): void;
}

const maxTimeoutMs = 30_000;

/** HTTP APIs of API Gateway. */
export function httpApiKinds(ports: HttpApiPorts): readonly ResourceKind[] {
  const apis = new Map<string, HttpApi>();

  const api: ResourceKind = {
    type: 'AWS::ApiGatewayV2::Api',
    honoured: ['ProtocolType', 'CorsConfiguration', 'DisableExecuteApiEndpoint', 'RouteSelectionExpression'],
    harmless: ['Name', 'Description', 'Tags', 'Version', 'IpAddressType'],
    create({ properties, path }) {
      expect({ DisableExecuteApiEndpoint: false, ...properties }, 'DisableExecuteApiEndpoint', false);
      const id = idOf(path);
      const cors = properties.CorsConfiguration;
      apis.set(id, {
        gateway: createHttpGateway(ports, { id, ...(cors && { cors }) }),
        integrations: new Map(),
        authorizers: new Map(),
      });
      return { ref: id, attributes: { ApiId: id, ApiEndpoint: ports.publicUrl } };
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
    create(resource) {
      const { properties, path } = resource;
      expect(properties, 'PayloadFormatVersion', '2.0');
      expect({ ConnectionType: 'INTERNET', ...properties }, 'ConnectionType', 'INTERNET');
      const id = idOf(path);
      apiOf(apis, resource).integrations.set(id, proxyIntegration(properties, maxTimeoutMs));
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
    create(resource) {
      const { properties, path } = resource;
      expect(properties, 'AuthorizerType', 'JWT');
      const [identitySource = ''] = properties.IdentitySource ?? [];
      checkIdentitySource(identitySource);
      const { Issuer: issuer, Audience: audiences = [] } = properties.JwtConfiguration ?? {};
      const id = idOf(path);
      apiOf(apis, resource).authorizers.set(id, { identitySource, issuer, audiences });
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
    create(resource) {
      const { properties, path } = resource;
      const api = apiOf(apis, resource);
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
    honoured: ['AutoDeploy', 'ApiId', 'StageName', 'StageVariables', 'DefaultRouteSettings', 'RouteSettings'],
    harmless: ['AccessLogSettings', 'Description', 'Tags'],
    create(resource) {
      // Without it a stage serves what was deployed by hand.
      expect(resource.properties, 'AutoDeploy', true);
      const { StageName: name, StageVariables: variables } = resource.properties;
      const handler = apiOf(apis, resource).gateway.stage({
        name,
        ...(variables && { variables }),
        throttling: routeThrottling(resource.properties),
      });
      // Mounted last: a $default stage answers everything that nothing else does.
      return { ref: name, start: () => ports.mount(handler) };
    },
  };

  return [api, integration, authorizer, route, stage];
}
