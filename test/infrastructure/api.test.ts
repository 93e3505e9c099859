import { describe, expect, it } from '@jest/globals';
import { openapi } from '../../domain/description/openapi.ts';
import { basePath, type Route, routes } from '../../domain/protocol/protocol.ts';
import { constructIdOf } from '../../lib/construct-id.ts';
import { nameOf, type Resource, resourcesOf, textOf, theOnly } from '../support/stack.ts';

const apiId = () => {
  const [id] = Object.entries(resourcesOf('AWS::ApiGatewayV2::Api'))
    .filter(([, { Properties }]) => Properties.ProtocolType === 'HTTP')
    .map(([logicalId]) => logicalId);
  return id;
};

/** The HTTP API's resources of a type. */
const ofHttpApi = (type: string): Resource[] =>
  Object.values(resourcesOf(type)).filter(({ Properties }) => Properties.ApiId.Ref === apiId());

/** The routes of requests that no other route takes. */
const isOfTheRest = (key: string): boolean => /^[A-Z]+ \/(\{proxy\+\})?$/.test(key);

const deployedRoute = (route: Route): Resource | undefined =>
  ofHttpApi('AWS::ApiGatewayV2::Route').find(
    ({ Properties }) => Properties.RouteKey === `${route.method} ${route.path}`,
  );

describe('the HTTP API', () => {
  it('has the routes of the protocol, which are those of the OpenAPI description', () => {
    const deployed = ofHttpApi('AWS::ApiGatewayV2::Route')
      .map(({ Properties }) => Properties.RouteKey)
      .filter((key) => !isOfTheRest(key));
    const { paths } = openapi() as { paths: Record<string, object> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );

    expect(deployed.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
    expect(deployed.sort()).toEqual(described.sort());
  });

  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s requires an access token unless it is public, and invokes its own function',
    (_, route) => {
      const { Properties } = deployedRoute(route) as Resource;
      const integration = resourcesOf('AWS::ApiGatewayV2::Integration')[
        Properties.Target['Fn::Join'][1][1].Ref
      ] as Resource;

      expect(Properties.AuthorizationType).toBe('public' in route ? 'NONE' : 'JWT');
      expect(Properties.AuthorizerId !== undefined).toBe(!('public' in route));
      expect(integration.Properties.PayloadFormatVersion).toBe('2.0');
      expect(textOf(integration.Properties.IntegrationUri)).toBe(
        `<Api${constructIdOf(route.operation)}Function.Arn>`,
      );
    },
  );

  it('refuses every other request by a function, with any method and any path', () => {
    const rest = ofHttpApi('AWS::ApiGatewayV2::Route').filter(({ Properties }) =>
      isOfTheRest(Properties.RouteKey),
    );
    const targets = new Set(rest.map(({ Properties }) => JSON.stringify(Properties.Target)));
    const methods = ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT'];

    expect(rest.map(({ Properties }) => Properties.RouteKey).sort()).toEqual(
      methods.flatMap((method) => [`${method} /`, `${method} /{proxy+}`]).sort(),
    );
    expect(targets.size).toBe(1);
  });

  it('leaves preflights to the gateway: a route that took them would need a function to answer them', () => {
    const keys = ofHttpApi('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey);

    expect(keys.filter((key) => /^(OPTIONS|ANY) |^\$default$/.test(key))).toEqual([]);
  });

  it('is not public except for its descriptions and its refusals', () => {
    const open = ofHttpApi('AWS::ApiGatewayV2::Route').filter(
      ({ Properties }) => Properties.AuthorizationType !== 'JWT',
    );

    const keys = open.map(({ Properties }) => Properties.RouteKey);
    expect(keys.filter((key) => !isOfTheRest(key))).toEqual(['GET /openapi.json', 'GET /asyncapi.json']);
  });

  it("accepts access tokens of the stack's user pool and client", () => {
    const [authorizer] = ofHttpApi('AWS::ApiGatewayV2::Authorizer');

    expect(authorizer?.Properties).toMatchObject({
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
    });
    expect(textOf(authorizer?.Properties.JwtConfiguration.Issuer)).toBe('<UsersUserPool.ProviderURL>');
    expect(authorizer?.Properties.JwtConfiguration.Audience.map(textOf)).toEqual(['<UsersUserPoolClient>']);
  });

  it('lets users sign in with a password, and has no hosted pages and no self-registration', () => {
    expect(theOnly('AWS::Cognito::UserPoolClient').Properties).toMatchObject({
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      AllowedOAuthFlowsUserPoolClient: false,
    });
    expect(theOnly('AWS::Cognito::UserPool').Properties.AdminCreateUserConfig).toEqual({
      AllowAdminCreateUserOnly: true,
    });
  });

  it('has one throttled stage, named after the base path', () => {
    const stages = ofHttpApi('AWS::ApiGatewayV2::Stage');

    expect(stages).toHaveLength(1);
    expect(stages[0]?.Properties).toMatchObject({
      StageName: basePath.slice(1),
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 },
    });
  });

  it('logs request id, route and status, and no path, query, address or token', () => {
    const [stage] = ofHttpApi('AWS::ApiGatewayV2::Stage');
    const { DestinationArn, Format } = stage?.Properties.AccessLogSettings ?? {};

    expect(textOf(DestinationArn)).toBe('<ApiAccessLog.Arn>');
    expect(Object.keys(JSON.parse(Format))).toEqual(expect.arrayContaining(['requestId', 'route', 'status']));
    expect(Format).not.toMatch(/\$context\.(path|identity|authorizer\.claims)|\$request/);
  });

  it('lets pages of other origins send and read the headers of the protocol', () => {
    const { CorsConfiguration } = resourcesOf('AWS::ApiGatewayV2::Api')[apiId() ?? '']?.Properties ?? {};

    expect([...CorsConfiguration.AllowHeaders].sort()).toEqual([
      'authorization',
      'content-type',
      'idempotency-key',
      'if-none-match',
      'prefer',
      'traceparent',
      'tracestate',
    ]);
    expect(CorsConfiguration.MaxAge).toBe(7_200);
    expect([...CorsConfiguration.AllowMethods].sort()).toEqual(
      [...new Set(routes.map(({ method }) => method))].sort(),
    );
    const ofRoutes = routes.flatMap((route: Route) => route.headers ?? []);
    expect([...CorsConfiguration.ExposeHeaders].sort()).toEqual(
      [
        ...new Set([
          ...ofRoutes.map((name) => name.toLowerCase()),
          'x-request-id',
          'apigw-requestid',
          'allow',
          'www-authenticate',
          'date',
        ]),
      ].sort(),
    );
    expect(CorsConfiguration.AllowCredentials).toBeUndefined();
    expect(nameOf(apiId() ?? '')).toBe('ApiHttpApi');
  });
});
