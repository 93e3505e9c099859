import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { account } from '../wire/account.ts';
import type { JwtIdentity } from './jwt-authorizer.ts';

/** A request as the gateway passes it on. */
export interface GatewayRequest {
  readonly apiId: string;
  readonly stage: string;
  readonly requestId: string;
  readonly routeKey: string;
  /** Decoded, with the stage. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly identity: JwtIdentity | undefined;
  readonly body: Buffer;
}

/** A response ready to be written. */
export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
}

/**
 * The event that a function gets, payload format 2.0.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function httpEvent(
  message: IncomingMessage,
  request: GatewayRequest,
  now: Date,
): Record<string, unknown> {
  const { apiId, stage, requestId, routeKey, path, query, parameters, identity, body } = request;
  const { cookie, ...headers } = joinedHeaders(message);
  const cookies = cookie?.split(/;\s*/).filter(Boolean);
  const domainName = message.headers.host ?? '';
  const sourceIp = (message.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
  const asText = isText(headers['content-type']) && isUtf8(body);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookies && { cookies }),
    headers: {
      ...headers,
      'x-forwarded-for': [headers['x-forwarded-for'], sourceIp].filter(Boolean).join(', '),
      'x-forwarded-port': headers['x-forwarded-port'] ?? String(message.socket.localPort ?? ''),
      'x-forwarded-proto': headers['x-forwarded-proto'] ?? 'http',
    },
    ...(query !== '' && { queryStringParameters: joinedParameters(query) }),
    requestContext: {
      accountId: account,
      apiId,
      ...(identity && { authorizer: { jwt: identity } }),
      domainName,
      domainPrefix: domainName.split('.')[0],
      http: {
        method: message.method,
        path,
        protocol: `HTTP/${message.httpVersion}`,
        sourceIp,
        userAgent: message.headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage,
      time: commonLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...(Object.keys(parameters).length > 0 && { pathParameters: parameters }),
    ...(body.length > 0 && { body: body.toString(asText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !asText,
  };
}

/**
 * Reads what a function returned, response format 2.0.
 * @returns Undefined where API Gateway would answer 500.
 */
export function httpResponse(payload: unknown): GatewayResponse | undefined {
  if (typeof payload !== 'object' || payload === null || !('statusCode' in payload)) {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = payload as Readonly<
    Record<string, unknown>
  >;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  if (body !== undefined && body !== null && typeof body !== 'string') return undefined;
  if (!isOfTexts(headers) || !(cookies === undefined || Array.isArray(cookies))) return undefined;
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      ...ownHeaders(headers),
      ...(Array.isArray(cookies) && cookies.length > 0 && { 'set-cookie': cookies.map(String) }),
    },
    body: isBase64Encoded === true ? Buffer.from(body ?? '', 'base64') : (body ?? ''),
  };
}

/** Set by the server that writes the response, whatever the function says. */
const serverHeaders = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding', 'upgrade'];

/** Whether headers are an object whose values are texts, numbers or booleans. */
function isOfTexts(headers: unknown): boolean {
  if (headers === undefined || headers === null) return true;
  const isMap = typeof headers === 'object' && !Array.isArray(headers);
  return isMap && Object.values(headers).every((value) => typeof value !== 'object');
}

function ownHeaders(headers: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries((headers ?? {}) as Record<string, unknown>)
      .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
      .filter(([name]) => !serverHeaders.includes(name)),
  );
}

function joinedHeaders({ headersDistinct }: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values = []]) => [
      name,
      values.join(name === 'cookie' ? '; ' : ','),
    ]),
  );
}

function joinedParameters(query: string): Record<string, string> {
  const search = new URLSearchParams(query);
  return Object.fromEntries([...search.keys()].map((name) => [name, search.getAll(name).join(',')]));
}

function isText(contentType = ''): boolean {
  return /^(text\/|application\/(json|javascript|xml|[\w.-]+\+(json|xml))\b)/i.test(contentType);
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
