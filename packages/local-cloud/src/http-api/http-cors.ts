import type { IncomingHttpHeaders } from 'node:http';
/** CorsConfiguration of an HTTP API. */
export interface Cors {
  readonly AllowOrigins?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowHeaders?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly MaxAge?: number;
  readonly AllowCredentials?: boolean;
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
