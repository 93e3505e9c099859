import type { Protocol } from '../api-gateway/api-gateway-kinds.ts';
import { oneOf, refusal } from '../cloudformation/property.ts';
import { corsOf, corsProperties } from './cors.ts';
import { createHttpGateway, type HttpGatewayPorts } from './http-gateway.ts';
import { type JwtAuthorizer, jwtAuthorizer } from './jwt-authorizer.ts';

/** HTTP APIs know one, in two spellings. */
const selections = ['$request.method $request.path', `\${request.method} \${request.path}`];

/** HTTP APIs of API Gateway. */
export function httpApi(ports: HttpGatewayPorts): Protocol {
  return {
    own: {
      Api: corsProperties,
      Authorizer: ['JwtConfiguration.Audience', 'JwtConfiguration.Issuer'],
      Integration: ['ConnectionType', 'PayloadFormatVersion'],
      Route: ['AuthorizationScopes', 'AuthorizerId'],
    },
    scheme: 'http',
    maxTimeoutMs: 30_000,

    checkIntegration(properties) {
      oneOf(properties, 'PayloadFormatVersion', ['2.0']);
      oneOf(properties, 'ConnectionType', ['INTERNET'], 'INTERNET');
    },

    deploy(properties, id) {
      oneOf(properties, 'RouteSelectionExpression', selections, selections[0]);
      const { CorsConfiguration } = properties;
      const cors = CorsConfiguration && corsOf(CorsConfiguration);
      const gateway = createHttpGateway(ports, { id, ...(cors && { cors }) });
      const authorizers = new Map<string, JwtAuthorizer>();
      return {
        stage: gateway.stage,
        addAuthorizer: (id, properties) => void authorizers.set(id, jwtAuthorizer(properties)),
        addRoute(properties, target) {
          const { RouteKey: key, AuthorizerId, AuthorizationScopes: scopes } = properties;
          const authorization = oneOf(properties, 'AuthorizationType', ['NONE', 'JWT'], 'NONE');
          if (authorization === 'NONE') {
            if ((AuthorizerId ?? scopes) === undefined) return gateway.addRoute({ key, ...target });
            throw refusal('AuthorizationType', 'NONE', 'JWT, with an AuthorizerId or AuthorizationScopes');
          }
          const authorizer = authorizers.get(AuthorizerId);
          if (!authorizer) throw refusal('AuthorizerId', AuthorizerId, 'an authorizer of this API');
          gateway.addRoute({ key, ...target, authorizer, scopes });
        },
      };
    },
  };
}
