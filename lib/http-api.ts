import { Stack } from 'aws-cdk-lib';
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
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { basePath, type Operation, routes } from '../domain/protocol/protocol.ts';
import type { Config } from './config.ts';

export interface OrdersHttpApiProps {
  /** The function of each operation of the protocol. */
  readonly functions: Readonly<Record<Operation, IFunction>>;
  /** Who issues the access tokens it takes. */
  readonly tokens: { readonly issuer: string; readonly audience: readonly string[] };
  readonly throttle: Config['throttle'];
  readonly corsOrigins: readonly string[];
  readonly accessLog: ILogGroup;
}

/** The HTTP API: the protocol's routes, each to its function, behind a JWT authorizer. */
export class OrdersHttpApi extends Construct {
  /** `https://…/api`. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: OrdersHttpApiProps) {
    super(scope, id);

    const api = new HttpApi(this, 'Api', {
      apiName: Stack.of(this).stackName,
      description: 'Orders, accepted at once and processed asynchronously.',
      createDefaultStage: false,
      ...(props.corsOrigins.length > 0 && { corsPreflight: corsOf(props.corsOrigins) }),
    });
    const authorizer = new HttpJwtAuthorizer('AccessTokens', props.tokens.issuer, {
      jwtAudience: [...props.tokens.audience],
    });
    for (const route of routes) {
      api.addRoutes({
        path: route.path,
        methods: [HttpMethod[route.method]],
        integration: new HttpLambdaIntegration(
          `${route.operation}Integration`,
          props.functions[route.operation],
        ),
        authorizer: 'public' in route ? new HttpNoneAuthorizer() : authorizer,
      });
    }

    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: basePath.slice(1),
      autoDeploy: true,
      throttle: { rateLimit: props.throttle.ratePerSecond, burstLimit: props.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(props.accessLog),
        // No path and no query: an id in them is enough to watch somebody.
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            route: '$context.routeKey',
            status: '$context.status',
            latencyMs: '$context.responseLatency',
            integrationError: '$context.integrationErrorMessage',
            authorizerError: '$context.authorizer.error',
          }),
        ),
      },
    });
    this.url = stage.url;
  }
}

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
    // What the gateway answers by itself has no other id.
    'apigw-requestid',
  ],
});
