import type { IncomingHttpHeaders } from 'node:http';
import { flag, integer, refusal } from '../cloudformation/property.ts';

/** CorsConfiguration of an HTTP API. */
export interface Cors {
  readonly AllowOrigins?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowHeaders?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly MaxAge?: number;
  readonly AllowCredentials?: boolean;
}

const members = [
  'AllowCredentials',
  'AllowHeaders',
  'AllowMethods',
  'AllowOrigins',
  'ExposeHeaders',
  'MaxAge',
];

/** The properties of an API that {@link corsOf} reads. */
export const corsProperties = members.map((name) => `CorsConfiguration.${name}`);

const methods = ['*', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** Reads a CORS configuration. @throws Error when API Gateway would not take it. */
export function corsOf(configuration: Cors & Readonly<Record<string, unknown>>): Cors {
  const { AllowOrigins = [], AllowMethods = [], MaxAge, ...rest } = configuration;
  const AllowCredentials = flag(configuration, 'AllowCredentials');
  const origin = AllowOrigins.find((text) => !/^(\*|[\w+.-]+:\/\/(\*|[^*/]+))$/.test(text));
  if (origin !== undefined) throw refusal('AllowOrigins', origin, '*, https://*, https://example.com');
  if (AllowCredentials && AllowOrigins.includes('*'))
    throw refusal('AllowOrigins', '*', 'origins, with AllowCredentials');
  const method = AllowMethods.find((text) => !methods.includes(text));
  if (method !== undefined) throw refusal('AllowMethods', method, methods.join(', '));
  return {
    ...rest,
    ...{ AllowOrigins, AllowMethods, AllowCredentials },
    ...(MaxAge !== undefined && { MaxAge: integer(configuration, 'MaxAge', { min: -1, max: 86_400 }) }),
  };
}

type Headers = IncomingHttpHeaders;

/** Whether the gateway answers this request itself. */
export function isPreflight(method: string, headers: Headers): boolean {
  return method === 'OPTIONS' && !!headers.origin && !!headers['access-control-request-method'];
}

/**
 * CORS headers for a request's origin; none when it is not allowed.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function corsHeaders(cors: Cors, headers: Headers, preflight: boolean): Record<string, string> {
  const { origin } = headers;
  const allowed = cors.AllowOrigins?.find((pattern) => origin !== undefined && covers(pattern, origin));
  if (origin === undefined || allowed === undefined) return {};

  const exposed = cors.ExposeHeaders ?? [];
  return {
    'access-control-allow-origin': allowed === '*' ? '*' : origin,
    ...(allowed !== '*' && { vary: 'origin' }),
    ...(cors.AllowCredentials && { 'access-control-allow-credentials': 'true' }),
    ...(exposed.length > 0 && { 'access-control-expose-headers': exposed.join(',') }),
    ...(preflight && preflightHeaders(cors)),
  };
}

function preflightHeaders({ AllowMethods = [], AllowHeaders = [], MaxAge }: Cors): Record<string, string> {
  return {
    ...(AllowMethods.length > 0 && { 'access-control-allow-methods': AllowMethods.join(',') }),
    ...(AllowHeaders.length > 0 && { 'access-control-allow-headers': AllowHeaders.join(',') }),
    ...(MaxAge !== undefined && { 'access-control-max-age': String(MaxAge) }),
  };
}

/** `*`, an origin, or a prefix such as `https://*`. */
function covers(pattern: string, origin: string): boolean {
  return pattern.endsWith('*') ? origin.startsWith(pattern.slice(0, -1)) : pattern === origin;
}
