import { createHash } from 'node:crypto';
import { flag, integer, oneOf, refusal, refuseTrue, textLike } from '../cloudformation/property.ts';
import type { Resource, ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Functions } from '../lambda/functions.ts';
import type { SizeOf } from './token-bucket.ts';

type Properties = Resource['properties'];

/** The function that an integration calls. */
export interface Integration {
  readonly functionArn: string;
  readonly timeoutMs: number;
}

/** What every deployed API has, whatever its protocol. */
export interface DeployedApi {
  readonly integrations: Map<string, Integration>;
  /** Keys of routes by the route's id. */
  readonly routes: Map<string, string>;
}

/** The API that a resource belongs to. @throws Error when there is none of its id. */
export function apiOf<Api>(apis: ReadonlyMap<string, Api>, { properties: { ApiId } }: Resource): Api {
  const found = apis.get(ApiId);
  if (!found) throw refusal('ApiId', ApiId, 'an API of this template');
  return found;
}

/** Ten letters and digits, as API Gateway's ids; the same at every start. */
export function idOf(path: string): string {
  const digest = createHash('sha256').update(path).digest('hex');
  return BigInt(`0x${digest}`).toString(36).slice(0, 10);
}

/** What of a proxy integration differs by protocol. */
interface IntegrationOptions {
  readonly apis: ReadonlyMap<string, DeployedApi>;
  readonly functions: Pick<Functions, 'find'>;
  readonly maxTimeoutMs: number;
  readonly honoured: readonly string[];
  /** @throws Error for values of the protocol's own properties. */
  check?(properties: Properties): void;
}

/** The integrations of a protocol. */
export function integrationKind(options: IntegrationOptions): ResourceKind {
  return {
    type: 'AWS::ApiGatewayV2::Integration',
    honoured: [
      ...['ApiId', 'IntegrationMethod', 'IntegrationType', 'IntegrationUri', 'TimeoutInMillis'],
      ...options.honoured,
    ],
    harmless: ['Description'],
    create(resource) {
      options.check?.(resource.properties);
      const integration = proxyIntegration(resource.properties, options.maxTimeoutMs);
      const id = idOf(resource.path);
      apiOf(options.apis, resource).integrations.set(id, integration);
      return {
        ref: id,
        attributes: { IntegrationId: id },
        start() {
          const { functionArn } = integration;
          if (options.functions.find(functionArn)) return;
          throw refusal(
            'IntegrationUri',
            functionArn,
            'a function of this template, without version or alias',
          );
        },
      };
    },
  };
}

function proxyIntegration(properties: Properties, maxTimeoutMs: number): Integration {
  oneOf(properties, 'IntegrationType', ['AWS_PROXY']);
  // Functions are invoked with POST, whatever the client's method is.
  oneOf(properties, 'IntegrationMethod', ['POST'], 'POST');
  const uri = textLike(properties, 'IntegrationUri', /arn:aws:lambda:[^/]+/, 'the ARN of a function');
  const [functionArn = ''] = /arn:aws:lambda:[^/]+/.exec(uri) ?? [];
  const limits = { fallback: maxTimeoutMs, min: 50, max: maxTimeoutMs };
  return { functionArn, timeoutMs: integer(properties, 'TimeoutInMillis', limits) };
}

/** The integration that a route targets. @throws Error when its API has none of that id, or a key is asked for. */
export function targetOf(properties: Properties, { integrations }: DeployedApi): Integration {
  refuseTrue(properties, 'ApiKeyRequired', 'there are no API keys here');
  const { Target } = properties;
  const target = integrations.get(String(Target).replace(/^integrations\//, ''));
  if (!target) throw refusal('Target', Target, 'integrations/<an integration of this API>');
  return target;
}

/** What the stages of both protocols act on, and what changes nothing on one machine. */
export const stageProperties = {
  honoured: [
    ...['ApiId', 'AutoDeploy', 'RouteSettings', 'StageName'],
    ...['DefaultRouteSettings.ThrottlingBurstLimit', 'DefaultRouteSettings.ThrottlingRateLimit'],
  ],
  harmless: [
    ...['AccessLogSettings.DestinationArn', 'AccessLogSettings.Format', 'Description', 'Tags'],
    'DefaultRouteSettings.DetailedMetricsEnabled',
  ],
};

const stageName = /^(\$default|[\w-]{1,128})$/;

/** A stage as both protocols know it. */
export interface StageSettings {
  readonly name: string;
  readonly throttling: SizeOf;
}

/** Reads a stage. @throws Error when nothing would be deployed to it, or a setting is not known. */
export function stageSettings(properties: Properties): StageSettings {
  const { DefaultRouteSettings = {}, RouteSettings = {} } = properties;
  const name = textLike(properties, 'StageName', stageName, '$default, letters, digits, - and _');
  // Deployments are no type of the local cloud: without them, only this brings routes to a stage.
  if (!flag(properties, 'AutoDeploy')) throw refusal('AutoDeploy', false, 'true');
  for (const [route, settings] of Object.entries({ DefaultRouteSettings, ...RouteSettings })) {
    checkSettings(route, settings as object);
  }
  return {
    name,
    throttling: (routeKey) => {
      const settings = { ...DefaultRouteSettings, ...RouteSettings[routeKey] };
      const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = settings;
      if (rate === undefined && burst === undefined) return undefined;
      // One without the other: AWS's account limits stand in, which nobody reaches here.
      return { ratePerSecond: Number(rate ?? 10_000), burst: Number(burst ?? 5_000) };
    },
  };
}

/** @throws Error when a stage has settings of a route that its API does not have. */
export function checkRouteSettings({ RouteSettings = {} }: Properties, { routes }: DeployedApi): void {
  const keys = [...routes.values()];
  const unknown = Object.keys(RouteSettings).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw refusal('RouteSettings', unknown, keys.join(', '));
}

const settingNames = [
  ...['DataTraceEnabled', 'DetailedMetricsEnabled', 'LoggingLevel'],
  ...['ThrottlingBurstLimit', 'ThrottlingRateLimit'],
];

function checkSettings(route: string, settings: object): void {
  for (const [name, value] of Object.entries(settings)) {
    const place = `RouteSettings of ${route}: ${name}`;
    if (!settingNames.includes(name)) throw refusal(place, value, settingNames.join(', '));
    if (name.startsWith('Throttling') && !(Number(value) >= 0))
      throw refusal(place, value, 'a number from 0');
  }
}
