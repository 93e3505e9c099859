import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { commonLogTime, sourceIpOf } from '../api-gateway/request-context.ts';
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
  const sourceIp = sourceIpOf(message);
  const isText = textTypes.test(headers['content-type'] ?? '') && isUtf8(body);
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
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

const textTypes = /^(text\/|application\/(json|javascript|xml|[\w.-]+\+(json|xml))\b)/i;

function joinedHeaders({ headersDistinct }: IncomingMessage): Record<string, string | undefined> {
  const lists = Object.entries(headersDistinct);
  return Object.fromEntries(lists.map(([name, list]) => [name, list?.join(name === 'cookie' ? '; ' : ',')]));
}

function joinedParameters(query: string): Record<string, string> {
  const search = new URLSearchParams(query);
  return Object.fromEntries([...search.keys()].map((name) => [name, search.getAll(name).join(',')]));
}
