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
import { oneOf, refusal, refuseTrue, textLike } from '../cloudformation/property.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Functions } from '../lambda/functions.ts';
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
  readonly functions: Pick<Functions, 'find' | 'invoke'>;
  /** Where the APIs answer, with `http:`. */
  readonly publicUrl: string;
  mount(route: PublicRoute): void;
}

const routeKeys = '$connect, $disconnect, $default, a text without $';
const selections = /^\$(request\.body(\.[\w-]+)+|\{request\.body(\.[\w-]+)+\})$/;
/** What begins with $ is the gateway's own. */
const routeKey = /^(\$(connect|disconnect|default)|[^$].*)$/s;

/** WebSocket APIs and their management API; APIs come with {@link WebSocketApis.kinds}. */
export function createWebSocketApis(ports: WebSocketApiPorts): WebSocketApis {
  const apis = new Map<string, WebSocketApi>();
  const executeApi = createExecuteApi();

  const api: ResourceKind = {
    type: 'AWS::ApiGatewayV2::Api',
    honoured: ['ProtocolType', 'DisableExecuteApiEndpoint', 'RouteSelectionExpression'],
    harmless: ['Name', 'Description', 'Tags', 'Version', 'IpAddressType'],
    create({ properties, path }) {
      const selection = textLike(properties, 'RouteSelectionExpression', selections, '$request.body.MEMBER');
      refuseTrue(properties, 'DisableExecuteApiEndpoint', 'there are no domain names here');
      const member = selection.replace(/^.*request\.body\.|\}$/g, '');
      const id = idOf(path);
      apis.set(id, {
        gateway: createWebSocketGateway(ports, { id, selection: member.split('.') }),
        integrations: new Map(),
        routes: new Map(),
      });
      return { ref: id, attributes: { ApiId: id, ApiEndpoint: ports.publicUrl.replace(/^http/, 'ws') } };
    },
  };

  const integration = integrationKind({
    apis,
    functions: ports.functions,
    maxTimeoutMs: 29_000,
    // It is about integrations that map their requests.
    honoured: ['PassthroughBehavior'],
  });

  const route: ResourceKind = {
    type: 'AWS::ApiGatewayV2::Route',
    honoured: ['ApiId', 'ApiKeyRequired', 'AuthorizationType', 'RouteKey', 'Target'],
    harmless: ['OperationName'],
    create(resource) {
      const { properties, path } = resource;
      const deployed = apiOf(apis, resource);
      oneOf(properties, 'AuthorizationType', ['NONE'], 'NONE');
      const key = textLike(properties, 'RouteKey', routeKey, routeKeys);
      deployed.gateway.addRoute({ key, ...targetOf(properties, deployed) });
      const id = idOf(path);
      deployed.routes.set(id, key);
      return { ref: id, attributes: { RouteId: id } };
    },
  };

  const stage: ResourceKind = {
    type: 'AWS::ApiGatewayV2::Stage',
    honoured: stageProperties.honoured,
    harmless: [
      ...stageProperties.harmless,
      ...['DefaultRouteSettings.DataTraceEnabled', 'DefaultRouteSettings.LoggingLevel'],
    ],
    create(resource) {
      const settings = stageSettings(resource.properties);
      const { name } = settings;
      if (name === '$default') throw refusal('StageName', name, 'a name; $default is for HTTP APIs');
      const api = apiOf(apis, resource);
      const handler = api.gateway.stage(settings);
      executeApi.manage(name, handler);
      ports.mount(handler);
      return {
        ref: name,
        start: () => checkRouteSettings(resource.properties, api),
        stop: () => handler.stop(),
      };
    },
  };

  return { service: executeApi.service, kinds: [api, integration, route, stage] };
}
