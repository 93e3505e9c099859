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
import type { ExecuteApi } from './execute-api.ts';
import { createWebSocketGateway, type WebSocketGateway } from './websocket-gateway.ts';

interface WebSocketApi extends DeployedApi {
  readonly gateway: WebSocketGateway;
  /** Keys of routes by the route's id. */
  readonly routes: Map<string, string>;
}

const apis = new DeployedApis<WebSocketApi>('WebSocket');

const maxTimeoutMs = 29_000;

const api: ResourceKind = {
  type: 'AWS::ApiGatewayV2::Api',
  honoured: ['ProtocolType', 'DisableExecuteApiEndpoint', 'RouteSelectionExpression'],
  harmless: ['Name', 'Description', 'Tags', 'Version', 'IpAddressType'],
  create({ properties, path }, cloud) {
    const selection = properties.RouteSelectionExpression;
    const [, member] = /^\$\{?request\.body\.([\w.-]+)\}?$/.exec(selection) ?? [];
    if (!member) {
      throw new Error(
        `RouteSelectionExpression is ${selection}; the local cloud knows $request.body.<member>`,
      );
    }
    expect({ DisableExecuteApiEndpoint: false, ...properties }, 'DisableExecuteApiEndpoint', false);
    const id = idOf(path);
    apis.add(cloud, id, {
      gateway: createWebSocketGateway(cloud, { id, selection: member.split('.') }),
      integrations: new Map(),
      routes: new Map(),
    });
    return { ref: id, attributes: { ApiId: id, ApiEndpoint: cloud.publicUrl.replace(/^http/, 'ws') } };
  },
};

const integration: ResourceKind = {
  type: 'AWS::ApiGatewayV2::Integration',
  honoured: ['ApiId', 'IntegrationType', 'IntegrationUri', 'TimeoutInMillis'],
  harmless: ['Description', 'IntegrationMethod', 'PassthroughBehavior'],
  create(resource, cloud) {
    const { properties, path } = resource;
    const id = idOf(path);
    apis.of(resource, cloud).integrations.set(id, proxyIntegration(properties, maxTimeoutMs));
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
  create(resource, cloud) {
    const { properties, path } = resource;
    const { gateway, routes, integrations } = apis.of(resource, cloud);
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
  create(resource, cloud) {
    const { RouteId, RouteResponseKey } = resource.properties;
    const { gateway, routes } = apis.of(resource, cloud);
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
  honoured: ['ApiId', 'StageName', 'StageVariables', 'DefaultRouteSettings', 'RouteSettings'],
  harmless: ['AccessLogSettings', 'AutoDeploy', 'DeploymentId', 'Description', 'Tags'],
  create(resource, cloud) {
    const { StageName: name, StageVariables: variables } = resource.properties;
    const executeApi = cloud.services.get('execute-api') as ExecuteApi | undefined;
    if (!executeApi) throw new Error('the local cloud was started without its service "execute-api"');
    const handler = apis.of(resource, cloud).gateway.stage({
      name,
      variables,
      throttling: routeThrottling(resource.properties),
    });
    executeApi.manage(name, handler);
    cloud.mount(handler);
    return { ref: name, stop: () => handler.stop() };
  },
};

/** WebSocket APIs of API Gateway. */
export const webSocketApiKinds: readonly ResourceKind[] = [api, integration, route, routeResponse, stage];
