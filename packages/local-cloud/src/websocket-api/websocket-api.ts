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
    honoured: ['ApiId', 'RouteKey', 'Target', 'AuthorizationType', 'ApiKeyRequired'],
    harmless: ['OperationName'],
    create(resource) {
      const { properties, path } = resource;
      const { gateway, integrations } = apiOf(apis, resource);
      const target = targetOf(properties, { integrations });
      expect({ AuthorizationType: 'NONE', ...properties }, 'AuthorizationType', 'NONE');
      gateway.addRoute({ key: properties.RouteKey, ...target });
      const id = idOf(path);
      return { ref: id, attributes: { RouteId: id } };
    },
  };

  const stage: ResourceKind = {
    type: 'AWS::ApiGatewayV2::Stage',
    honoured: ['AutoDeploy', 'ApiId', 'StageName', 'DefaultRouteSettings', 'RouteSettings'],
    harmless: ['AccessLogSettings', 'Description', 'Tags'],
    create(resource) {
      // Without it a stage serves what was deployed by hand.
      expect(resource.properties, 'AutoDeploy', true);
      const { StageName: name } = resource.properties;
      const handler = apiOf(apis, resource).gateway.stage({
        name,
        throttling: routeThrottling(resource.properties),
      });
      executeApi.manage(name, handler);
      ports.mount(handler);
      return { ref: name, stop: () => handler.stop() };
    },
  };

  return { service: executeApi.service, kinds: [api, integration, route, stage] };
}
