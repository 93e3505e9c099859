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
import type { AwsService } from '../wire/aws-service.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';
import { createExecuteApi } from './execute-api.ts';
import { createWebSocketGateway, type GatewayPorts, type WebSocketGateway } from './websocket-gateway.ts';

interface WebSocketApi extends DeployedApi {
  readonly gateway: WebSocketGateway;
  /** Keys of routes by the route's id. */
  readonly routes: Map<string, string>;
}

/** WebSocket APIs of API Gateway. */
export interface WebSocketApis {
  /** The management API, `@connections`. */
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
}

/** What WebSocket APIs work with. */
export interface WebSocketApiPorts extends GatewayPorts {
  /** Where the APIs answer, with `http:`. */
  readonly publicUrl: string;
  mount(route: PublicRoute): void;
}

const maxTimeoutMs = 29_000;

/** WebSocket APIs and their management API; APIs come with {@link WebSocketApis.kinds}. */
export function createWebSocketApis(ports: WebSocketApiPorts): WebSocketApis {
  const apis = new Map<string, WebSocketApi>();
  const executeApi = createExecuteApi();

  const api: ResourceKind = {
    type: 'AWS::ApiGatewayV2::Api',
    honoured: ['ProtocolType', 'DisableExecuteApiEndpoint', 'RouteSelectionExpression'],
    harmless: ['Name', 'Description', 'Tags', 'Version', 'IpAddressType'],
    create({ properties, path }) {
      const selection = properties.RouteSelectionExpression;
      const [, member] = /^\$\{?request\.body\.([\w.-]+)\}?$/.exec(selection) ?? [];
      if (!member) {
        throw new Error(
          `RouteSelectionExpression is ${selection}; the local cloud knows $request.body.<member>`,
        );
      }
      expect({ DisableExecuteApiEndpoint: false, ...properties }, 'DisableExecuteApiEndpoint', false);
      const id = idOf(path);
      apis.set(id, {
        gateway: createWebSocketGateway(ports, { id, selection: member.split('.') }),
        integrations: new Map(),
        routes: new Map(),
      });
      return { ref: id, attributes: { ApiId: id, ApiEndpoint: ports.publicUrl.replace(/^http/, 'ws') } };
    },
  };

  const integration: ResourceKind = {
    type: 'AWS::ApiGatewayV2::Integration',
    honoured: ['ApiId', 'IntegrationType', 'IntegrationUri', 'TimeoutInMillis'],
    harmless: ['Description', 'IntegrationMethod', 'PassthroughBehavior'],
    create(resource) {
      const { properties, path } = resource;
      const id = idOf(path);
      apiOf(apis, resource).integrations.set(id, proxyIntegration(properties, maxTimeoutMs));
      return { ref: id, attributes: { IntegrationId: id } };
    },
  };

  const route: ResourceKind = {
    type: 'AWS::ApiGatewayV2::Route',
    honoured: [
      'ApiId',
      'RouteKey',
      'Target',
      'AuthorizationType',
      'ApiKeyRequired',
      'RouteResponseSelectionExpression',
    ],
    harmless: ['OperationName'],
    create(resource) {
      const { properties, path } = resource;
      const { gateway, routes, integrations } = apiOf(apis, resource);
      const target = targetOf(properties, { integrations });
      expect({ AuthorizationType: 'NONE', ...properties }, 'AuthorizationType', 'NONE');
      gateway.addRoute({ key: properties.RouteKey, ...target, responds: false });
      const id = idOf(path);
      routes.set(id, properties.RouteKey);
      return { ref: id, attributes: { RouteId: id } };
    },
  };

  const routeResponse: ResourceKind = {
    type: 'AWS::ApiGatewayV2::RouteResponse',
    honoured: ['ApiId', 'RouteId', 'RouteResponseKey'],
    create(resource) {
      const { RouteId, RouteResponseKey } = resource.properties;
      const { gateway, routes } = apiOf(apis, resource);
      const key = routes.get(RouteId);
      if (key === undefined) throw new Error(`RouteId is ${RouteId}; allowed: a route of this API`);
      if (RouteResponseKey !== '$default') {
        throw new Error(`RouteResponseKey is ${RouteResponseKey}; API Gateway knows $default`);
      }
      gateway.respondOn(key);
      const id = idOf(resource.path);
      return { ref: id, attributes: { RouteResponseId: id } };
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
        variables,
        throttling: routeThrottling(resource.properties),
      });
      executeApi.manage(name, handler);
      ports.mount(handler);
      return { ref: name, stop: () => handler.stop() };
    },
  };

  return { service: executeApi.service, kinds: [api, integration, route, routeResponse, stage] };
}
