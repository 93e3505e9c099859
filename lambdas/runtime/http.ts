import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { isJobId, orderIdOf } from '../../domain/job/job.ts';
import { assertFromEdge } from './assert-from-edge.ts';
import { ownerOf } from './owner.ts';
import { problemOf, refusalOf } from './problem.ts';
import { logger } from './telemetry.ts';
import { withRequestId } from './with-request-id.ts';

/** A request to the HTTP API, as its functions receive it. */
export interface HttpRequest {
  /**
   * `sub` of the access token.
   * @throws Unauthorized when the token is no access token, or the route has no authorizer
   */
  readonly owner: string;
  readonly method: string;
  /** Path as the client sent it, with the stage or the key of an API mapping. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body's bytes. */
  readonly body: Buffer;
}

/** A response of the HTTP API. An object body is sent as JSON. */
export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * The pipeline of the HTTP API: event → request → `handle` → response. Errors become problem documents, and every
 * response carries the request id.
 */
export function http(handle: HttpHandler) {
  return withRequestId(async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const { jobId: ofJob, orderId: ofOrder = '' } = event.pathParameters ?? {};
    const jobId = (ofJob ?? ofOrder.slice(orderIdOf('').length)).toLowerCase();
    // Anything may stand in a path; only what can be a job's id is logged.
    if (isJobId(jobId)) logger.appendKeys({ jobId });
    const response = await respond(handle, event).catch((error: unknown) => problem(error, event));
    const { requestId } = event.requestContext;
    return { ...response, headers: { ...response.headers, 'x-request-id': requestId } };
  });
}

async function respond(handle: HttpHandler, event: APIGatewayProxyEventV2) {
  const { ORIGIN_SECRET } = process.env;
  assertFromEdge(event.headers, ORIGIN_SECRET);
  const { status, headers, body } = await handle(requestOf(event));
  return answer(status, { 'cache-control': 'no-store', ...headers }, body);
}

/** Turns an error into a problem document and logs the cause for the operator. */
function problem(error: unknown, event: APIGatewayProxyEventV2): APIGatewayProxyStructuredResultV2 {
  const { routeKey: route } = event;
  const { requestId } = event.requestContext;
  const refusal = refusalOf(error);
  const status = refusal?.status ?? 500;
  if (status >= 500) logger.error('Request failed', { route, error: error as Error });
  else logger.info('Request refused', { route, code: refusal?.code });
  return answer(
    status,
    {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...refusal?.headers,
    },
    problemOf(refusal, requestId),
  );
}

function requestOf(event: APIGatewayProxyEventV2): HttpRequest {
  return {
    get owner() {
      return ownerOf(event);
    },
    method: event.requestContext.http.method,
    path: event.rawPath,
    parameters: event.pathParameters ?? {},
    query: event.queryStringParameters ?? {},
    headers: event.headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
}

function answer(
  status: number,
  headers: Record<string, string>,
  body?: object,
): APIGatewayProxyStructuredResultV2 {
  if (body === undefined) return { statusCode: status, headers };
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
