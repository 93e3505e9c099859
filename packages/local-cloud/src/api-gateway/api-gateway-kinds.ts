import { createHash } from 'node:crypto';
import { flag, integer, oneOf, refusal, refuseTrue, textLike } from '../cloudformation/property.ts';
import type { Created, Properties, ResourceKind } from '../cloudformation/resource-kind.ts';
import { ignoredProperties } from '../cloudformation/unsupported.ts';
import type { Functions } from '../lambda/functions.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';
import type { Throttling } from './throttle.ts';

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
  readonly throttling?: Throttling;
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

/** What both protocols take. */
const accepted: Readonly<Record<TypeName, Pick<ResourceKind, 'honoured' | 'harmless'>>> = {
  Api: {
    honoured: ['ProtocolType', 'DisableExecuteApiEndpoint', 'RouteSelectionExpression'],
    harmless: ['Name', 'Description', 'Tags', 'Version', 'IpAddressType'],
  },
  Authorizer: { honoured: ['ApiId'], harmless: ['Name'] },
  Integration: {
    honoured: ['ApiId', 'IntegrationMethod', 'IntegrationType', 'IntegrationUri', 'TimeoutInMillis'],
    harmless: ['Description'],
  },
  Route: {
    honoured: ['ApiId', 'ApiKeyRequired', 'AuthorizationType', 'RouteKey', 'Target'],
    harmless: ['OperationName'],
  },
  Stage: {
    honoured: [
      ...['ApiId', 'AutoDeploy', 'RouteSettings', 'StageName'],
      ...['DefaultRouteSettings.ThrottlingBurstLimit', 'DefaultRouteSettings.ThrottlingRateLimit'],
    ],
    harmless: [
      ...['AccessLogSettings.DestinationArn', 'AccessLogSettings.Format', 'Description', 'Tags'],
      'DefaultRouteSettings.DetailedMetricsEnabled',
    ],
  },
};

/** API Gateway's types, which serve both protocols. */
export function apiGatewayKinds(
  { functions, publicUrl, mount }: ApiGatewayPorts,
  protocols: Readonly<Record<'HTTP' | 'WEBSOCKET', Protocol>>,
): readonly ResourceKind[] {
  type ProtocolName = keyof typeof protocols;
  interface Api extends DeployedApi {
    readonly protocol: ProtocolName;
    readonly integrations: Map<string, Integration>;
    readonly routeKeys: Set<string>;
  }
  const apis = new Map<string, Api>();
  const stages = new Set<string>();

  function apiOf({ ApiId }: Properties): Api {
    const api = apis.get(ApiId);
    if (!api) throw refusal('ApiId', ApiId, 'an API of this template');
    return api;
  }

  const create: Record<TypeName, (properties: Properties, id: string, of: ProtocolName) => Partial<Created>> =
    {
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
        const { name } = stage;
        const { stage: serve, routeKeys } = apiOf(properties);
        // One machine has one host name: the stage alone tells which API is meant.
        if (stages.has(name)) throw refusal('StageName', name, 'a name that no other API has for its stage');
        const handler = serve(stage);
        stages.add(name);
        const isDefault = name === '$default';
        if (!isDefault) mount(handler);
        return {
          ref: name,
          attributes: {},
          start() {
            const unknown = Object.keys(properties.RouteSettings ?? {}).find((key) => !routeKeys.has(key));
            if (unknown !== undefined) throw refusal('RouteSettings', unknown, [...routeKeys].join(', '));
            // Mounted last, because it answers everything that nothing else does.
            if (isDefault) mount(handler);
          },
          stop: () => handler.stop?.(),
        };
      },
    };

  return (Object.keys(accepted) as TypeName[]).map((name) => {
    const { honoured, harmless = [] } = accepted[name];
    return {
      type: `AWS::ApiGatewayV2::${name}`,
      // The protocol is known at creation only, so this is what either takes.
      honoured: [...honoured, ...Object.values(protocols).flatMap(({ own }) => own[name] ?? [])],
      harmless,
      create({ properties, path }) {
        const id = idOf(path);
        const protocol =
          name === 'Api'
            ? oneOf(properties, 'ProtocolType', ['HTTP', 'WEBSOCKET'])
            : apiOf(properties).protocol;
        const own = protocols[protocol].own[name] ?? [];
        const ignored = ignoredProperties(properties, { honoured: [...honoured, ...own], harmless });
        if (ignored.length > 0)
          throw new Error(`${ignored.join(', ')} of a ${protocol} API would be ignored`);
        return { ref: id, attributes: { [`${name}Id`]: id }, ...create[name](properties, id, protocol) };
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

const settingNames = [
  ...['DataTraceEnabled', 'DetailedMetricsEnabled', 'LoggingLevel'],
  ...['ThrottlingBurstLimit', 'ThrottlingRateLimit'],
];

function stageOf(properties: Properties): Stage {
  const { DefaultRouteSettings = {}, RouteSettings = {} } = properties;
  const form = /^(\$default|[\w-]{1,128})$/;
  const name = textLike(properties, 'StageName', form, '$default, letters, digits, - and _');
  // Deployments are no type of the local cloud: without them, only this brings routes to a stage.
  if (!flag(properties, 'AutoDeploy')) throw refusal('AutoDeploy', false, 'true');
  for (const [route, settings] of Object.entries({ DefaultRouteSettings, ...RouteSettings })) {
    for (const [name, value] of Object.entries(settings as object)) {
      const place = `RouteSettings of ${route}: ${name}`;
      if (!settingNames.includes(name)) throw refusal(place, value, settingNames.join(', '));
      if (name.startsWith('Throttling') && !(Number(value) >= 0))
        throw refusal(place, value, 'a number from 0');
    }
  }
  return {
    name,
    throttling(routeKey) {
      const settings = { ...DefaultRouteSettings, ...RouteSettings[routeKey] };
      const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = settings;
      if (rate === undefined && burst === undefined) return undefined;
      // One without the other: AWS's account limits stand in, which nobody reaches here.
      return { ratePerSecond: Number(rate ?? 10_000), burst: Number(burst ?? 5_000) };
    },
  };
}
