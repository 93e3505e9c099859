import type { IncomingMessage } from 'node:http';
import { flag, integer, refusal } from '../cloudformation/property.ts';
import type { GatewayResponse } from './http-response.ts';

/** CorsConfiguration of an HTTP API. */
export interface Cors {
  readonly AllowOrigins?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowHeaders?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly MaxAge?: number;
  readonly AllowCredentials?: boolean;
}

const members = 'AllowCredentials AllowHeaders AllowMethods AllowOrigins ExposeHeaders MaxAge';

/** The properties of an API that {@link corsOf} reads. */
export const corsProperties = members.split(' ').map((name) => `CorsConfiguration.${name}`);

const methods = ['*', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** Reads a CORS configuration. @throws Error when API Gateway would not take it. */
export function corsOf(configuration: Cors & Readonly<Record<string, unknown>>): Cors {
  const { AllowOrigins = [], AllowMethods = [], MaxAge } = configuration;
  const AllowCredentials = flag(configuration, 'AllowCredentials');
  const origin = AllowOrigins.find((text) => !/^(\*|[\w+.-]+:\/\/(\*|[^*/]+))$/.test(text));
  if (origin !== undefined) throw refusal('AllowOrigins', origin, '*, https://*, https://example.com');
  if (AllowCredentials && AllowOrigins.includes('*'))
    throw refusal('AllowOrigins', '*', 'origins, with AllowCredentials');
  const method = AllowMethods.find((text) => !methods.includes(text));
  if (method !== undefined) throw refusal('AllowMethods', method, methods.join(', '));
  if (MaxAge !== undefined) integer(configuration, 'MaxAge', { min: -1, max: 86_400 });
  return { ...configuration, AllowCredentials };
}

/** Whether the gateway answers this request itself, unless a route takes it. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && !!headers.origin && !!headers['access-control-request-method'];
}

/**
 * A response with the CORS headers of a configuration, in place of those that the function gave.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function withCors(response: GatewayResponse, cors: Cors, message: IncomingMessage): GatewayResponse {
  const { origin } = message.headers;
  const own = Object.entries(response.headers).filter(([name]) => !name.startsWith('access-control-'));
  const headers = Object.fromEntries(own);
  const pattern = cors.AllowOrigins?.find((pattern) => origin !== undefined && covers(pattern, origin));
  if (origin === undefined || pattern === undefined) return { ...response, headers };

  const isAny = pattern === '*';
  const preflight = isPreflight(message);
  const ofCors = {
    'allow-origin': isAny ? '*' : origin,
    'allow-credentials': cors.AllowCredentials ? 'true' : '',
    'expose-headers': cors.ExposeHeaders?.join(','),
    'allow-methods': preflight && cors.AllowMethods?.join(','),
    'allow-headers': preflight && cors.AllowHeaders?.join(','),
    'max-age': preflight && cors.MaxAge?.toString(),
  };
  for (const [name, value] of Object.entries(ofCors)) if (value) headers[`access-control-${name}`] = value;
  const { vary: given } = headers;
  const vary = isAny ? given : [given, 'origin'].filter(Boolean).join(', ');
  return { ...response, headers: { ...headers, ...(vary && { vary }) } };
}

/** `*`, an origin, or a prefix such as `https://*`. */
function covers(pattern: string, origin: string): boolean {
  return pattern.endsWith('*') ? origin.startsWith(pattern.slice(0, -1)) : pattern === origin;
}
