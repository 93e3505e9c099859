import type { IncomingMessage } from 'node:http';
import { oneOf, refusal, textLike } from '../cloudformation/property.ts';
import type { Properties } from '../cloudformation/resource-kind.ts';
import type { Issuer } from '../cognito/issuer.ts';
import { type GatewayResponse, refuse } from './http-response.ts';

/** AWS::ApiGatewayV2::Authorizer of type JWT. */
export interface JwtAuthorizer {
  /** `$request.header.Authorization` or `$request.querystring.<name>`. */
  readonly identitySource: string;
  readonly issuer: string;
  readonly audiences: readonly string[];
}

/** Who calls, as `requestContext.authorizer.jwt` tells the function. */
export interface JwtIdentity {
  readonly claims: Readonly<Record<string, string>>;
  readonly scopes: readonly string[] | null;
}

const sourceForm = /^\$request\.(header|querystring)\.([\w-]+)$/;

/** Reads an authorizer. @throws Error when it is another than a JWT authorizer, or would authorize nobody. */
export function jwtAuthorizer(properties: Properties): JwtAuthorizer {
  oneOf(properties, 'AuthorizerType', ['JWT']);
  const { IdentitySource = [], JwtConfiguration = {} } = properties;
  const sources = [IdentitySource].flat();
  if (sources.length !== 1 || !sourceForm.test(sources[0])) {
    throw refusal('IdentitySource', IdentitySource, 'one of $request.header.NAME, $request.querystring.NAME');
  }
  const issuer = textLike(JwtConfiguration, 'Issuer', /^https:\/\//, 'an https:// URL');
  const { Audience: audiences = [] } = JwtConfiguration;
  if (!Array.isArray(audiences) || audiences.length === 0)
    throw refusal('Audience', audiences, 'a list of one or more');
  return { identitySource: sources[0], issuer, audiences };
}

/**
 * Authorizes as an HTTP API does: the token must be valid, and have one of the route's scopes if it names any.
 * @returns who calls, or a refusal with RFC 6750's challenge
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export async function authorize(
  message: IncomingMessage,
  query: string,
  { issuer, audiences, identitySource }: JwtAuthorizer,
  wanted: readonly string[],
  verify: Issuer['verify'],
): Promise<JwtIdentity | GatewayResponse> {
  const [, place, name = ''] = sourceForm.exec(identitySource) ?? [];
  const source =
    place === 'header' ? message.headers[name.toLowerCase()] : new URLSearchParams(query).get(name);
  const token = String(source ?? '')
    .replace(/^Bearer(\s+|$)/i, '')
    .trim();
  if (token === '') return challenge(401, 'Bearer');
  let claims: Readonly<Record<string, unknown>>;
  try {
    claims = await verify(token, { issuer, audiences });
  } catch {
    return challenge(401, 'Bearer error="invalid_token"');
  }
  // API Gateway passes every claim as text.
  const texts = Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, text(value)]));
  if (wanted.length === 0) return { claims: texts, scopes: null };

  const { scope, scp } = claims;
  const granted = scope ?? scp ?? '';
  const grants = Array.isArray(granted) ? granted.map(String) : String(granted).split(' ');
  const scopes = wanted.filter((scope) => grants.includes(scope));
  if (scopes.length > 0) return { claims: texts, scopes };
  return challenge(403, `Bearer error="insufficient_scope", scope="${wanted.join(' ')}"`);
}

const challenge = (status: 401 | 403, text: string) => refuse(status, { 'www-authenticate': text });

/** Lists become `[a b]`. */
function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(' ')}]`;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
