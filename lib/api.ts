import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { basePath, type Operation, routes } from '../domain/protocol/protocol.ts';
import { type ApiFunction, apiFunctions } from './api-functions.ts';
import type { Config } from './config.ts';
import { NodeFunction } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';
import type { Tokens } from './users.ts';

export interface OrdersApiProps {
  readonly tables: OrderTables;
  readonly stateMachine: StateMachine;
  /** `wss://…/live`. */
  readonly liveUrl: string;
  /** The issuer of access tokens. */
  readonly tokens: Tokens;
  readonly config: Config;
}

/** The HTTP API: the routes of the protocol, each with its function, behind a JWT authorizer. */
export class OrdersApi extends Construct {
  /** `https://…/api`. */
  readonly url: string;

  constructor(scope: Construct, id: string, { tokens, config, ...props }: OrdersApiProps) {
    super(scope, id);
    const functions = apiFunctions({ ...props, config });

    const api = new HttpApi(this, 'HttpApi', {
      apiName: Stack.of(this).stackName,
      description: 'Orders, accepted at once and processed asynchronously.',
      createDefaultStage: false,
      ...(config.corsOrigins.length > 0 && { corsPreflight: corsOf(config.corsOrigins) }),
    });
    const authorizer = new HttpJwtAuthorizer('AccessTokens', tokens.issuer, {
      jwtAudience: [...tokens.audience],
    });
    for (const route of routes) {
      const { operation } = route;
      const target = this.function(operation, functions[operation] as ApiFunction, config);
      api.addRoutes({
        path: route.path,
        methods: [HttpMethod[route.method]],
        integration: new HttpLambdaIntegration(`${operation}Integration`, target),
        authorizer: 'public' in route ? new HttpNoneAuthorizer() : authorizer,
      });
    }

    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { ratePerSecond, burst } = config.throttle;
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: basePath.slice(1),
      autoDeploy: true,
      throttle: { rateLimit: ratePerSecond, burstLimit: burst },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: accessLogFormat },
    });
    this.url = stage.url;
  }

  private function(operation: Operation, { grant, ...props }: ApiFunction, config: Config) {
    const { logRetentionDays } = config;
    const id = operation.replace(/^./, (letter) => letter.toUpperCase());
    const created = new NodeFunction(this, id, { entry: `api/${operation}`, logRetentionDays, ...props });
    grant?.(created);
    return created.function;
  }
}

/** Neither path nor query is logged, because they contain job ids. */
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
  allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-none-match'],
  exposeHeaders: [
    'etag',
    'location',
    'retry-after',
    'idempotency-replayed',
    'x-request-id',
    // The request id of responses that the gateway makes itself.
    'apigw-requestid',
  ],
});
