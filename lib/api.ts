import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnStage,
  CorsHttpMethod,
  type DomainName,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { basePath, routes } from '../domain/protocol/protocol.ts';
import { acknowledge } from './acknowledge.ts';
import { apiFunctions } from './api-functions.ts';
import type { Config } from './config.ts';
import { constructIdOf } from './construct-id.ts';
import type { ExpressWorkflow } from './express-workflow.ts';
import { Log } from './log.ts';
import { NodeFunction } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';
import type { OrderWorkflow } from './order-workflow.ts';
import { apiUrlOf } from './public-urls.ts';
import type { Releases } from './releases.ts';
import type { Tokens } from './users.ts';

export interface OrdersApiProps {
  readonly tables: OrderTables;
  readonly workflow: OrderWorkflow;
  /** What orders begin in. @default the workflow */
  readonly express: ExpressWorkflow | undefined;
  /** URL of the WebSocket API itself. */
  readonly liveUrl: string;
  /** @default API Gateway's own */
  readonly domain: DomainName | undefined;
  /** @default new code takes over at once */
  readonly releases: Releases | undefined;
  /** The issuer of access tokens. */
  readonly tokens: Tokens;
  readonly config: Config;
}

/** The HTTP API: the routes of the protocol, each with its function, behind a JWT authorizer. */
export class OrdersApi extends Construct {
  /** `https://…/api`, or the domain. */
  readonly url: string;
  readonly stage: HttpStage;
  readonly api: HttpApi;
  /** The functions behind the routes. */
  private readonly targets: NodeFunction[] = [];

  constructor(scope: Construct, id: string, { tokens, domain, releases, config, ...props }: OrdersApiProps) {
    super(scope, id);
    const functions = apiFunctions({ ...props, config });

    const api = new HttpApi(this, 'HttpApi', {
      apiName: Stack.of(this).stackName,
      description: 'Accepts orders at once and processes them asynchronously.',
      createDefaultStage: false,
      disableExecuteApiEndpoint: domain !== undefined,
      ...(config.corsOrigins.length > 0 && { corsPreflight: corsOf(config.corsOrigins) }),
    });
    this.api = api;
    const authorizer = new HttpJwtAuthorizer('AccessTokens', tokens.issuer, {
      // The client of the page comes later: it needs the address of the distribution, which needs the API.
      jwtAudience: Lazy.list({ produce: () => [...tokens.audience] }),
    });
    for (const route of routes) {
      const { grant, ...settings } = functions[route.operation];
      const name = constructIdOf(route.operation);
      const target = new NodeFunction(this, name, { ...settings, config });
      this.targets.push(target);
      grant?.(target);
      const added = api.addRoutes({
        path: route.path,
        methods: [HttpMethod[route.method]],
        integration: new HttpLambdaIntegration(
          `${name}Integration`,
          releases?.gradually(target) ?? target.function,
        ),
        ...('public' in route
          ? { authorizer: new HttpNoneAuthorizer() }
          : { authorizer, authorizationScopes: [...(config.scopes[route.operation] ?? [])] }),
      });
      if ('public' in route)
        for (const each of added)
          acknowledge(each, 'AwsSolutions-APIG4', 'The description of the API is public.');
    }
    this.refuseTheRest(api, config);

    const accessLog = new Log(this, 'AccessLog', { config });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: basePath.slice(1),
      autoDeploy: true,
      ...(domain && { domainMapping: { domainName: domain } }),
      throttle: { rateLimit: config.ratePerSecond, burstLimit: config.burst },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: accessLogFormat },
    });
    this.stage = stage;
    this.throttle(stage, config);
    this.url = domain ? `https://${domain.name}` : stage.url;
  }

  /** Has every function refuse requests without this secret in the header of `lambdas/runtime/assert-from-edge.ts`. */
  requireOriginSecret(secret: string): void {
    for (const target of this.targets) target.function.addEnvironment('ORIGIN_SECRET', secret);
  }

  /** Throttles single operations. CloudFormation knows settings of routes that exist only. */
  private throttle(stage: HttpStage, { throttles }: Pick<Config, 'throttles'>): void {
    const settings = routes.flatMap(({ method, path, operation }) => {
      const { [operation]: limit } = throttles;
      const rate = limit && { ThrottlingRateLimit: limit.ratePerSecond, ThrottlingBurstLimit: limit.burst };
      return rate ? [[`${method} ${path}`, rate]] : [];
    });
    if (settings.length === 0) return;
    (stage.node.defaultChild as CfnStage).routeSettings = Object.fromEntries(settings);
    stage.node.addDependency(stage.api);
  }

  /**
   * Refuses every other request with a problem document. `$default` would do that with a single route, but would also
   * take the preflights of browsers, which the gateway answers by itself where no route takes OPTIONS.
   */
  private refuseTheRest(api: HttpApi, config: Config): void {
    const unrouted = new NodeFunction(this, 'Unrouted', {
      entry: 'api/unrouted',
      description: 'Refuses requests that no route takes.',
      environment: { API_URL: apiUrlOf(config) },
      config,
    });
    this.targets.push(unrouted);
    const integration = new HttpLambdaIntegration('UnroutedIntegration', unrouted.function, {
      scopePermissionToRoute: false,
    });
    const methods = Object.values(HttpMethod).filter(
      (method) => method !== HttpMethod.ANY && method !== HttpMethod.OPTIONS,
    );
    for (const path of ['/', '/{proxy+}'])
      for (const route of api.addRoutes({ path, methods, integration, authorizer: new HttpNoneAuthorizer() }))
        acknowledge(
          route,
          'AwsSolutions-APIG4',
          'It answers everybody with the same refusal and reads nothing.',
        );
  }
}

/** Logs neither path nor query, because they contain job ids. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    route: '$context.routeKey',
    status: '$context.status',
    latencyMs: '$context.responseLatency',
    integrationError: '$context.integrationErrorMessage',
    authorizerError: '$context.authorizer.error',
  }),
);

const corsOf = (origins: readonly string[]) => ({
  allowOrigins: [...origins],
  allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST],
  allowHeaders: [
    'authorization',
    'content-type',
    'idempotency-key',
    'if-none-match',
    'prefer',
    // W3C Trace Context, which instrumented pages send with every request.
    'traceparent',
    'tracestate',
  ],
  exposeHeaders: [
    // The client tells the server's time by it.
    'date',
    'etag',
    'location',
    'retry-after',
    'idempotency-replayed',
    'preference-applied',
    'allow',
    'www-authenticate',
    'x-request-id',
    // The request id of the responses that API Gateway itself makes.
    'apigw-requestid',
  ],
  // The longest time for which Chromium keeps the answer to a preflight.
  maxAge: Duration.hours(2),
});
