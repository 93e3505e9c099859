import type { IncomingHttpHeaders } from 'node:http';
import { oneOf, refusal, textLike } from '../cloudformation/property.ts';
import type { Resource } from '../cloudformation/resource-kind.ts';
import type { Issuer } from '../cognito/issuer.ts';

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

/** Why a caller may not, with RFC 6750's challenge. */
export interface JwtRefusal {
  readonly status: 401 | 403;
  readonly headers: { readonly 'www-authenticate': string };
}

/** What an authorizer reads of a request. */
export interface JwtRequest {
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
}

const identitySource = /^\$request\.(header|querystring)\.([\w-]+)$/;

/** Reads an authorizer. @throws Error when it is another than a JWT authorizer, or would authorize nobody. */
export function jwtAuthorizer(properties: Resource['properties']): JwtAuthorizer {
  oneOf(properties, 'AuthorizerType', ['JWT']);
  const { IdentitySource = [], JwtConfiguration = {} } = properties;
  const sources = [IdentitySource].flat();
  if (sources.length !== 1 || !identitySource.test(sources[0])) {
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
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export async function authorize(
  request: JwtRequest,
  { issuer, audiences, identitySource }: JwtAuthorizer,
  wanted: readonly string[],
  verify: Issuer['verify'],
): Promise<JwtIdentity | JwtRefusal> {
  const token = tokenOf(request, identitySource);
  if (token === undefined) return challenge(401, 'Bearer');
  let claims: Readonly<Record<string, unknown>>;
  try {
    claims = await verify(token, { issuer, audiences });
  } catch {
    return challenge(401, 'Bearer error="invalid_token"');
  }
  if (wanted.length === 0) return { claims: inText(claims), scopes: null };

  const granted = scopesOf(claims);
  const scopes = wanted.filter((scope) => granted.includes(scope));
  if (scopes.length === 0)
    return challenge(403, `Bearer error="insufficient_scope", scope="${wanted.join(' ')}"`);
  return { claims: inText(claims), scopes };
}

function tokenOf({ headers, query }: JwtRequest, source: string): string | undefined {
  const [, place, name = ''] = identitySource.exec(source) ?? [];
  const value = place === 'header' ? headers[name.toLowerCase()] : query.get(name);
  return (
    value
      ?.toString()
      .replace(/^Bearer(\s+|$)/i, '')
      .trim() || undefined
  );
}

function challenge(status: JwtRefusal['status'], text: string): JwtRefusal {
  return { status, headers: { 'www-authenticate': text } };
}

function scopesOf({ scope, scp }: Readonly<Record<string, unknown>>): string[] {
  const granted = scope ?? scp ?? '';
  return Array.isArray(granted) ? granted.map(String) : String(granted).split(' ');
}

/** API Gateway passes every claim as text, lists as `[a b]`. */
function inText(claims: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, text(value)]));
}

function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(' ')}]`;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
