import {
  apiOf,
  checkRouteSettings,
  type DeployedApi,
  idOf,
  integrationKind,
  stageProperties,
  stageSettings,
  targetOf,
} from '../api-gateway/deployed-api.ts';
import { oneOf, refusal, refuseTrue } from '../cloudformation/property.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Functions } from '../lambda/functions.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';
import { corsOf, corsProperties } from './http-cors.ts';
import { createHttpGateway, type HttpGateway, type HttpGatewayPorts } from './http-gateway.ts';
import { type JwtAuthorizer, jwtAuthorizer } from './jwt-authorizer.ts';

interface HttpApi extends DeployedApi {
  readonly gateway: HttpGateway;
  readonly authorizers: Map<string, JwtAuthorizer>;
}

/** What HTTP APIs work with. */
export interface HttpApiPorts extends HttpGatewayPorts {
  readonly functions: Pick<Functions, 'find' | 'invoke'>;
  /** Where the APIs answer. */
  readonly publicUrl: string;
  mount(route: PublicRoute): void;
}

/** HTTP APIs know one, in two spellings. */
const selections = ['$request.method $request.path', `\${request.method} \${request.path}`];

/** HTTP APIs of API Gateway. */
export function httpApiKinds(ports: HttpApiPorts): readonly ResourceKind[] {
  const apis = new Map<string, HttpApi>();

  const api: ResourceKind = {
    type: 'AWS::ApiGatewayV2::Api',
    honoured: [
      ...['ProtocolType', 'DisableExecuteApiEndpoint', 'RouteSelectionExpression'],
      ...corsProperties,
    ],
    harmless: ['Name', 'Description', 'Tags', 'Version', 'IpAddressType'],
    create({ properties, path }) {
      refuseTrue(properties, 'DisableExecuteApiEndpoint', 'there are no domain names here');
      oneOf(properties, 'RouteSelectionExpression', selections, selections[0]);
      const id = idOf(path);
      const { CorsConfiguration } = properties;
      apis.set(id, {
        gateway: createHttpGateway(ports, {
          id,
          ...(CorsConfiguration && { cors: corsOf(CorsConfiguration) }),
        }),
        integrations: new Map(),
        routes: new Map(),
        authorizers: new Map(),
      });
      return { ref: id, attributes: { ApiId: id, ApiEndpoint: ports.publicUrl } };
    },
  };

  const integration = integrationKind({
    apis,
    functions: ports.functions,
    maxTimeoutMs: 30_000,
    honoured: ['ConnectionType', 'PayloadFormatVersion'],
    check(properties) {
      oneOf(properties, 'PayloadFormatVersion', ['2.0']);
      oneOf(properties, 'ConnectionType', ['INTERNET'], 'INTERNET');
    },
  });

  const authorizer: ResourceKind = {
    type: 'AWS::ApiGatewayV2::Authorizer',
    honoured: [
      ...['ApiId', 'AuthorizerType', 'IdentitySource'],
      ...['JwtConfiguration.Issuer', 'JwtConfiguration.Audience'],
    ],
    harmless: ['Name'],
    create(resource) {
      const { properties, path } = resource;
      const id = idOf(path);
      apiOf(apis, resource).authorizers.set(id, jwtAuthorizer(properties));
      return { ref: id, attributes: { AuthorizerId: id } };
    },
  };

  const route: ResourceKind = {
    type: 'AWS::ApiGatewayV2::Route',
    honoured: [
      ...['ApiId', 'ApiKeyRequired', 'AuthorizationScopes', 'AuthorizationType', 'AuthorizerId', 'RouteKey'],
      'Target',
    ],
    harmless: ['OperationName'],
    create(resource) {
      const { properties, path } = resource;
      const api = apiOf(apis, resource);
      const { RouteKey, AuthorizerId, AuthorizationScopes: scopes } = properties;
      const authorization = oneOf(properties, 'AuthorizationType', ['NONE', 'JWT'], 'NONE');
      const jwt = api.authorizers.get(AuthorizerId);
      if (authorization === 'JWT' && !jwt)
        throw refusal('AuthorizerId', AuthorizerId, 'an authorizer of this API');
      if (authorization === 'NONE' && (AuthorizerId ?? scopes) !== undefined) {
        throw refusal('AuthorizationType', 'NONE', 'JWT, with an AuthorizerId or AuthorizationScopes');
      }
      api.gateway.addRoute({
        key: RouteKey,
        ...targetOf(properties, api),
        ...(authorization === 'JWT' && jwt && { authorizer: jwt, scopes: scopes ?? [] }),
      });
      const id = idOf(path);
      api.routes.set(id, RouteKey);
      return { ref: id, attributes: { RouteId: id } };
    },
  };

  const stage: ResourceKind = {
    type: 'AWS::ApiGatewayV2::Stage',
    ...stageProperties,
    create(resource) {
      const settings = stageSettings(resource.properties);
      const api = apiOf(apis, resource);
      const handler = api.gateway.stage(settings);
      return {
        ref: settings.name,
        start() {
          checkRouteSettings(resource.properties, api);
          // Mounted last: a $default stage answers everything that nothing else does.
          ports.mount(handler);
        },
      };
    },
  };

  return [api, integration, authorizer, route, stage];
}
