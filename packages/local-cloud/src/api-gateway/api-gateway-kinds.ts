import { createHash } from 'node:crypto';
import { flag, integer, oneOf, refusal, refuseTrue, textLike } from '../cloudformation/property.ts';
import type { Created, Properties, ResourceKind } from '../cloudformation/resource-kind.ts';
import { ignoredProperties } from '../cloudformation/unsupported.ts';
import type { Functions } from '../lambda/functions.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';
import type { Throttling } from '../wire/throttle.ts';

/** The types of API Gateway, without the prefix. */
type TypeName = 'Api' | 'Authorizer' | 'Integration' | 'Route' | 'Stage';

/** The function that an integration calls. */
export interface Integration {
  readonly functionArn: string;
  readonly timeoutMs: number;
}

/** A stage of an API. */
export interface Stage {
  /** Also the base path, except `$default`, which answers at the root. */
  readonly name: string;
  readonly throttling: Throttling;
}

/** One deployed API. Routes may come before or after stages. */
export interface DeployedApi {
  addRoute(properties: Properties, target: Integration): void;
  addAuthorizer?(id: string, properties: Properties): void;
  /** @returns the handler of a stage, to be mounted on the public port */
  stage(stage: Stage): PublicRoute & { stop?(): void };
}

/** What differs between HTTP and WebSocket APIs. All throw errors that name a property. */
export interface Protocol {
  /** Properties that only this protocol takes. */
  readonly own: Readonly<Partial<Record<TypeName, readonly string[]>>>;
  readonly scheme: 'http' | 'ws';
  readonly maxTimeoutMs: number;
  checkIntegration?(properties: Properties): void;
  deploy(properties: Properties, id: string): DeployedApi;
}

/** What API Gateway works with. */
export interface ApiGatewayPorts {
  readonly functions: Pick<Functions, 'find'>;
  /** Where the APIs answer, with `http:`. */
  readonly publicUrl: string;
  mount(route: PublicRoute): void;
}

const names = ['HTTP', 'WEBSOCKET'] as const;
type ProtocolName = (typeof names)[number];

type Create = (properties: Properties, id: string, protocol: ProtocolName) => Partial<Created>;

interface Api extends DeployedApi {
  readonly protocol: ProtocolName;
  readonly integrations: Map<string, Integration>;
  readonly routeKeys: Set<string>;
}

/** What both protocols take: properties that are honoured, and harmless ones. */
const accepted: Readonly<Record<TypeName, readonly [honoured: string, harmless: string]>> = {
  Api: [
    'ProtocolType DisableExecuteApiEndpoint RouteSelectionExpression',
    'Name Description Tags Version IpAddressType',
  ],
  Authorizer: ['ApiId AuthorizerType IdentitySource', 'Name'],
  Integration: ['ApiId IntegrationMethod IntegrationType IntegrationUri TimeoutInMillis', 'Description'],
  Route: ['ApiId ApiKeyRequired AuthorizationType RouteKey Target', 'OperationName'],
  Stage: [
    `ApiId AutoDeploy StageName
     DefaultRouteSettings.ThrottlingBurstLimit DefaultRouteSettings.ThrottlingRateLimit`,
    `AccessLogSettings.DestinationArn AccessLogSettings.Format Description Tags
     DefaultRouteSettings.DetailedMetricsEnabled`,
  ],
};

/** API Gateway's types, which serve both protocols. */
export function apiGatewayKinds(
  { functions, publicUrl, mount }: ApiGatewayPorts,
  protocols: Readonly<Record<ProtocolName, Protocol>>,
): readonly ResourceKind[] {
  const apis = new Map<string, Api>();
  const stages = new Set<string>();

  function apiOf({ ApiId }: Properties): Api {
    const api = apis.get(ApiId);
    if (!api) throw refusal('ApiId', ApiId, 'an API of this template');
    return api;
  }

  const creators: Readonly<Record<TypeName, Create>> = {
    Api(properties, id, protocol) {
      refuseTrue(properties, 'DisableExecuteApiEndpoint', 'there are no domain names here');
      const { deploy, scheme } = protocols[protocol];
      const deployed = deploy(properties, id);
      apis.set(id, { ...deployed, protocol, integrations: new Map(), routeKeys: new Set() });
      return { attributes: { ApiId: id, ApiEndpoint: publicUrl.replace(/^http/, scheme) } };
    },

    Authorizer(properties, id, protocol) {
      const { addAuthorizer } = apiOf(properties);
      if (!addAuthorizer) throw new Error(`An authorizer of a ${protocol} API is not known`);
      addAuthorizer(id, properties);
      return {};
    },

    Integration(properties, id, protocol) {
      const { checkIntegration, maxTimeoutMs } = protocols[protocol];
      checkIntegration?.(properties);
      const integration = proxyIntegration(properties, maxTimeoutMs);
      apiOf(properties).integrations.set(id, integration);
      return {
        start() {
          const { functionArn } = integration;
          const allowed = 'a function of this template, without version or alias';
          if (!functions.find(functionArn)) throw refusal('IntegrationUri', functionArn, allowed);
        },
      };
    },

    Route(properties) {
      refuseTrue(properties, 'ApiKeyRequired', 'there are no API keys here');
      const { RouteKey, Target } = properties;
      const { integrations, addRoute, routeKeys } = apiOf(properties);
      const target = integrations.get(String(Target).replace(/^integrations\//, ''));
      if (!target) throw refusal('Target', Target, 'integrations/<an integration of this API>');
      if (routeKeys.has(RouteKey)) throw refusal('RouteKey', RouteKey, 'a key that no other route has');
      addRoute(properties, target);
      routeKeys.add(RouteKey);
      return {};
    },

    Stage(properties) {
      const stage = stageOf(properties);
      const { name: ref } = stage;
      // One machine has one host name: the stage alone tells which API is meant.
      if (stages.has(ref)) throw refusal('StageName', ref, 'a name that no other API has for its stage');
      const handler = apiOf(properties).stage(stage);
      stages.add(ref);
      const stop = () => handler.stop?.();
      // Mounted last, because it answers everything that nothing else does.
      if (ref === '$default') return { ref, attributes: {}, start: () => mount(handler), stop };
      mount(handler);
      return { ref, attributes: {}, stop };
    },
  };

  return (Object.keys(accepted) as TypeName[]).map((name) => {
    const [honoured = [], harmless = []] = accepted[name].map((names) => names.split(/\s+/));
    return {
      type: `AWS::ApiGatewayV2::${name}`,
      // The protocol is known at creation only, so this is what either takes.
      honoured: [...honoured, ...Object.values(protocols).flatMap(({ own }) => own[name] ?? [])],
      harmless,
      create({ properties, path }) {
        const id = idOf(path);
        const isApi = name === 'Api';
        const protocol = isApi ? oneOf(properties, 'ProtocolType', names) : apiOf(properties).protocol;
        const own = protocols[protocol].own[name] ?? [];
        const ignored = ignoredProperties(properties, { honoured: [...honoured, ...own], harmless });
        if (ignored.length > 0)
          throw new Error(`${ignored.join(', ')} of a ${protocol} API would be ignored`);
        return { ref: id, attributes: { [`${name}Id`]: id }, ...creators[name](properties, id, protocol) };
      },
    };
  });
}

/** Ten letters and digits, as API Gateway's ids; the same at every start. */
function idOf(path: string): string {
  const digest = createHash('sha256').update(path).digest('hex');
  return BigInt(`0x${digest}`).toString(36).slice(0, 10);
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

function stageOf(properties: Properties): Stage {
  const { DefaultRouteSettings: settings = {} } = properties;
  const form = /^(\$default|[\w-]{1,128})$/;
  const name = textLike(properties, 'StageName', form, '$default, letters, digits, - and _');
  // Deployments are no type of the local cloud: without them, only this brings routes to a stage.
  if (!flag(properties, 'AutoDeploy')) throw refusal('AutoDeploy', false, 'true');
  const limit = (setting: string, ofAccount: number) => {
    const number = Number(settings[setting] ?? ofAccount);
    if (!(number >= 0)) throw refusal(setting, settings[setting], 'a number from 0');
    return number;
  };
  const ratePerSecond = limit('ThrottlingRateLimit', 10_000);
  return { name, throttling: { ratePerSecond, burst: limit('ThrottlingBurstLimit', 5_000) } };
}
