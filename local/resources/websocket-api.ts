import { createHash } from 'node:crypto';
import type { Cloud, Resource, ResourceKind } from '../cloud.ts';
import type { ExecuteApi } from '../endpoints/execute-api.ts';
import type { BucketSize } from '../http/token-bucket.ts';
import { createWebSocketGateway, type WebSocketGateway } from '../websocket/websocket-gateway.ts';

interface WebSocketApi {
  readonly gateway: WebSocketGateway;
  readonly integrations: Map<string, { readonly functionArn: string; readonly timeoutMs: number }>;
  /** Keys of routes by the route's id. */
  readonly routes: Map<string, string>;
}

/** The WebSocket APIs of each cloud by id: routes, integrations and stages name the API they belong to. */
const deployed = new WeakMap<Cloud, Map<string, WebSocketApi>>();

const maxTimeoutMs = 29_000;

const api: ResourceKind = {
  type: 'AWS::ApiGatewayV2::Api',
  honoured: ['ProtocolType', 'RouteSelectionExpression'],
  harmless: ['Name', 'Description', 'Tags', 'Version', 'DisableExecuteApiEndpoint', 'IpAddressType'],
  create({ properties, path }, cloud) {
    const selection = properties.RouteSelectionExpression;
    const [, member] = /^\$\{?request\.body\.([\w.-]+)\}?$/.exec(selection) ?? [];
    if (!member) {
      throw new Error(
        `RouteSelectionExpression is ${selection}; the local cloud knows $request.body.<member>`,
      );
    }
    const id = idOf(path);
    const apis = deployed.get(cloud) ?? new Map<string, WebSocketApi>();
    deployed.set(cloud, apis);
    apis.set(id, {
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
    if (properties.IntegrationType !== 'AWS_PROXY') {
      throw new Error(`IntegrationType is ${properties.IntegrationType}; the local cloud knows AWS_PROXY`);
    }
    const [functionArn] = /arn:aws:lambda:[^/]+/.exec(properties.IntegrationUri) ?? [];
    if (!functionArn) {
      throw new Error(`IntegrationUri is ${properties.IntegrationUri}; allowed: the ARN of a function`);
    }
    const timeoutMs = Number(properties.TimeoutInMillis ?? maxTimeoutMs);
    if (!(timeoutMs >= 50 && timeoutMs <= maxTimeoutMs)) {
      throw new Error(`TimeoutInMillis is ${timeoutMs}; allowed: 50 to ${maxTimeoutMs}`);
    }
    const id = idOf(path);
    apiOf(resource, cloud).integrations.set(id, { functionArn, timeoutMs });
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
    const { RouteKey: key, Target, AuthorizationType = 'NONE', ApiKeyRequired } = resource.properties;
    const { gateway, integrations, routes } = apiOf(resource, cloud);
    const target = integrations.get(String(Target).replace(/^integrations\//, ''));
    if (!target) throw new Error(`Target is ${Target}; allowed: integrations/<an integration of this API>`);
    if (AuthorizationType !== 'NONE') {
      throw new Error(
        `AuthorizationType is ${AuthorizationType}; the local cloud knows NONE for WebSocket APIs`,
      );
    }
    if (ApiKeyRequired) throw new Error('ApiKeyRequired is true; the local cloud has no API keys');
    gateway.addRoute({ key, ...target, responds: false });
    const id = idOf(resource.path);
    routes.set(id, key);
    return { ref: id, attributes: { RouteId: id } };
  },
};

const routeResponse: ResourceKind = {
  type: 'AWS::ApiGatewayV2::RouteResponse',
  honoured: ['ApiId', 'RouteId', 'RouteResponseKey'],
  create(resource, cloud) {
    const { RouteId, RouteResponseKey } = resource.properties;
    const { gateway, routes } = apiOf(resource, cloud);
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
  honoured: [
    'ApiId',
    'StageName',
    'StageVariables',
    'DefaultRouteSettings.ThrottlingRateLimit',
    'DefaultRouteSettings.ThrottlingBurstLimit',
  ],
  harmless: [
    'AccessLogSettings',
    'AutoDeploy',
    'DefaultRouteSettings.DataTraceEnabled',
    'DefaultRouteSettings.DetailedMetricsEnabled',
    'DefaultRouteSettings.LoggingLevel',
    'DeploymentId',
    'Description',
    'Tags',
  ],
  create(resource, cloud) {
    const { StageName: name, StageVariables: variables, DefaultRouteSettings } = resource.properties;
    const executeApi = cloud.services.get('execute-api') as ExecuteApi | undefined;
    if (!executeApi) throw new Error('the local cloud was started without its service "execute-api"');
    const handler = apiOf(resource, cloud).gateway.stage({
      name,
      variables,
      throttling: bucketSize(DefaultRouteSettings ?? {}),
    });
    executeApi.manage(name, handler);
    cloud.mount(handler);
    return { ref: name, stop: () => handler.stop() };
  },
};

/** WebSocket APIs of API Gateway. */
export const webSocketApiKinds: readonly ResourceKind[] = [api, integration, route, routeResponse, stage];

/** Ten letters and digits, as API Gateway's ids; the same at every start. */
function idOf(path: string): string {
  const digest = createHash('sha256').update(path).digest('hex');
  return BigInt(`0x${digest}`).toString(36).slice(0, 10);
}

function apiOf({ properties }: Resource, cloud: Cloud): WebSocketApi {
  const found = deployed.get(cloud)?.get(properties.ApiId);
  if (!found) throw new Error(`ApiId is ${properties.ApiId}; there is no such WebSocket API`);
  return found;
}

function bucketSize(settings: Readonly<Record<string, unknown>>): BucketSize | undefined {
  const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = settings;
  if (rate === undefined && burst === undefined) return undefined;
  // One without the other: AWS's account limits stand in, which nobody reaches here.
  return { ratePerSecond: Number(rate ?? 10_000), burst: Number(burst ?? 5_000) };
}
