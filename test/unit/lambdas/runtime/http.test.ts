import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import * as errors from '../../../../domain/protocol/errors.ts';
import { Problem } from '../../../../domain/protocol/protocol.ts';
import { type HttpRequest, type HttpResponse, http } from '../../../../lambdas/runtime/http.ts';
import { linesOf } from '../../../support/logs.ts';

const anEvent = ({ requestContext, ...override }: Record<string, unknown> = {}) =>
  ({
    version: '2.0',
    routeKey: 'GET /orders/{orderId}',
    rawPath: '/api/orders/1',
    rawQueryString: '',
    headers: {},
    isBase64Encoded: false,
    requestContext: {
      requestId: 'request-1',
      http: { method: 'GET' },
      authorizer: { jwt: { claims: { sub: 'ada' }, scopes: [] } },
      ...(requestContext as object),
    },
    ...override,
  }) as unknown as APIGatewayProxyEventV2;

/** The response of the pipeline to what a function does. */
const answer = (handle: (request: HttpRequest) => Promise<HttpResponse>, event = anEvent()) =>
  http(handle)(event);

const answerTo = (error: unknown) =>
  answer(async () => {
    throw error;
  });

const noContent = async (): Promise<HttpResponse> => ({ status: 200 });

/** An error as the AWS SDK throws it. */
const sdkError = (name: string, more: object = {}) =>
  Object.assign(new Error('User: arn:aws:sts::123456789012:assumed-role/x is not authorized'), {
    name,
    $fault: 'client',
    $metadata: { httpStatusCode: 400, requestId: 'aws-1' },
    ...more,
  });

describe('an answer', () => {
  it('carries the status, the headers and the body as JSON', async () => {
    const response = await answer(async () => ({ status: 202, headers: { location: '/x' }, body: { a: 1 } }));

    expect(response).toMatchObject({ statusCode: 202, body: '{"a":1}' });
    expect(response.headers).toMatchObject({ location: '/x', 'content-type': 'application/json' });
  });

  it('carries the request id', async () => {
    const response = await answer(noContent);

    expect(response.headers?.['x-request-id']).toBe('request-1');
  });

  it('is not stored by caches unless the function allows it', async () => {
    const byDefault = await answer(noContent);
    const allowed = await answer(async () => ({ status: 200, headers: { 'cache-control': 'public' } }));

    expect(byDefault.headers?.['cache-control']).toBe('no-store');
    expect(allowed.headers?.['cache-control']).toBe('public');
  });

  it('has no body and no content type when there is none', async () => {
    const response = await answer(async () => ({ status: 304 }));

    expect(response).not.toHaveProperty('body');
    expect(response.headers).not.toHaveProperty('content-type');
  });
});

describe('a request', () => {
  /** The request that a function receives for an event. */
  async function requestOf(event: APIGatewayProxyEventV2): Promise<HttpRequest> {
    const seen: HttpRequest[] = [];
    await answer(async (request) => {
      seen.push(request);
      return { status: 200 };
    }, event);
    return seen[0] as HttpRequest;
  }

  it('belongs to the sub of the token', async () => {
    expect((await requestOf(anEvent())).owner).toBe('ada');
  });

  it('has empty parameters, query and body where the event has none', async () => {
    const { parameters, query, body } = await requestOf(anEvent());

    expect({ parameters, query, body: body.toString() }).toEqual({ parameters: {}, query: {}, body: '' });
  });

  it.each([
    ['as text', { body: '"ü"', isBase64Encoded: false }],
    ['in base64', { body: Buffer.from('"ü"').toString('base64'), isBase64Encoded: true }],
  ])('has the bytes of a body that came %s', async (_, override) => {
    expect((await requestOf(anEvent(override))).body).toEqual(Buffer.from('"ü"'));
  });

  it.each([
    ['no authorizer', { authorizer: undefined }],
    ['no sub', { authorizer: { jwt: { claims: {} } } }],
    ['an empty sub', { authorizer: { jwt: { claims: { sub: '' } } } }],
    ['a sub that is no text', { authorizer: { jwt: { claims: { sub: 1 } } } }],
    ['an ID token', { authorizer: { jwt: { claims: { sub: 'ada', token_use: 'id' } } } }],
  ])('is refused with 401 when its owner is asked for and there is %s', async (_, requestContext) => {
    const response = await answer(
      async ({ owner }) => ({ status: 200, body: { owner } }),
      anEvent({ requestContext }),
    );

    expect(response.statusCode).toBe(401);
  });
});

describe('a request to a deployment behind CloudFront', () => {
  beforeEach(() => {
    Object.assign(process.env, { ORIGIN_SECRET: 'of-cloudfront' });
  });
  afterEach(() => {
    Reflect.deleteProperty(process.env, 'ORIGIN_SECRET');
  });

  it('reaches the function with the secret of the deployment', async () => {
    const response = await answer(noContent, anEvent({ headers: { 'x-origin-secret': 'of-cloudfront' } }));

    expect(response.statusCode).toBe(200);
  });

  it.each([{}, { 'x-origin-secret': 'guessed' }])(
    'is answered 404, and never reaches the function, with the headers %j',
    async (headers) => {
      let calls = 0;

      const response = await answer(async () => {
        calls += 1;
        return { status: 200 };
      }, anEvent({ headers }));

      expect(response.statusCode).toBe(404);
      expect(calls).toBe(0);
    },
  );
});

describe('an error', () => {
  it.each([
    [new errors.MalformedBody('m'), 400, 'malformed_body'],
    [new errors.Unauthorized('m'), 401, 'unauthorized'],
    [new errors.NotFound('m'), 404, 'not_found'],
    [new errors.MethodNotAllowed('m', ['GET']), 405, 'method_not_allowed'],
    [new errors.UnsupportedContentEncoding('m'), 415, 'unsupported_content_encoding'],
    [new errors.BodyTooLarge('m'), 413, 'body_too_large'],
    [new errors.UnsupportedMediaType('m'), 415, 'unsupported_media_type'],
    [new errors.InvalidFields([{ pointer: '/a', detail: 'd' }]), 422, 'invalid_fields'],
    [new errors.DependencyUnavailable('m'), 503, 'dependency_unavailable'],
    [sdkError('ThrottlingException'), 503, 'dependency_unavailable'],
    [sdkError('AccessDeniedException'), 503, 'dependency_unavailable'],
    [Object.assign(new Error('arn:aws:x'), { name: 'TimeoutError' }), 503, 'dependency_unavailable'],
    [new Error('arn:aws:dynamodb:eu-west-1:123456789012:table/jobs'), 500, 'internal_error'],
    [new TypeError('x is not a function'), 500, 'internal_error'],
    [new errors.OrderRefused('card_declined', 'm'), 500, 'internal_error'],
  ])('%s becomes a problem document with status %i and code %s', async (error, status, code) => {
    const response = await answerTo(error);

    const problem = z.parse(Problem, JSON.parse(response.body ?? ''));
    expect(response.statusCode).toBe(status);
    expect(problem).toMatchObject({ status, code, requestId: 'request-1', type: 'about:blank' });
    expect(problem.title).not.toBe('Error');
    expect(response.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-request-id': 'request-1',
    });
  });

  it('that is no Error is a fault of ours', async () => {
    const response = await answerTo('text');

    expect(response.statusCode).toBe(500);
    expect(response.headers?.['x-request-id']).toBe('request-1');
  });

  it('names each bad field', async () => {
    const fields = [{ pointer: '/items/0/sku', detail: 'Must not be empty.' }];

    const response = await answerTo(new errors.InvalidFields(fields));

    expect(JSON.parse(response.body ?? '').errors).toEqual(fields);
  });

  it.each([
    ['a dependency is down', new errors.DependencyUnavailable('m')],
    ['the AWS SDK fails', sdkError('InternalServerError')],
  ])('says when to come back when %s', async (_, error) => {
    const response = await answerTo(error);

    expect(Number(response.headers?.['retry-after'])).toBeGreaterThanOrEqual(1);
  });

  it.each<[Error, Record<string, string>]>([
    [new errors.Unauthorized('m'), { 'www-authenticate': 'Bearer error="invalid_token"' }],
    [new errors.MethodNotAllowed('m', ['GET', 'POST']), { allow: 'GET, POST' }],
    [new errors.UnsupportedMediaType('m'), { accept: 'application/json' }],
    [new errors.UnsupportedContentEncoding('m'), { 'accept-encoding': 'identity' }],
  ])('%s says in a header what would be taken', async (error, headers) => {
    expect((await answerTo(error)).headers).toMatchObject(headers);
  });

  it('does not say when to come back when the request itself is wrong', async () => {
    const response = await answerTo(new errors.NotFound('m'));

    expect(response.headers).not.toHaveProperty('retry-after');
  });

  it.each([
    ['the AWS SDK', sdkError('ConditionalCheckFailedException', { cause: new Error('the cause') })],
    [
      'our own code',
      new Error('secret in arn:aws:iam::123456789012:role/x', { cause: new Error('the cause') }),
    ],
    ['a refusal with a cause', new errors.MalformedBody('m', { cause: new SyntaxError('the cause') })],
  ])('of %s leaks neither stack nor ARN nor cause nor account', async (_, error) => {
    const response = await answerTo(error);

    const text = JSON.stringify(response);
    expect(text).not.toMatch(/arn:|123456789012|\.ts[:)]|\bat .*\(|the cause|secret/);
  });
});

describe('what is logged about a request', () => {
  const named = { jobId: '019BDBE4-5B40-7000-8000-000000000001' };
  const failing = (pathParameters: object) => () =>
    answer(async () => {
      throw new errors.NotFound('m');
    }, anEvent({ pathParameters }));

  it('carries the request id that the client has, and the id of the job', async () => {
    const lines = await linesOf(failing(named));

    expect(lines).toMatchObject([
      { requestId: 'request-1', jobId: named.jobId.toLowerCase(), code: 'not_found', level: 'INFO' },
    ]);
  });

  it('carries the id of the job that made the order in the path', async () => {
    const lines = await linesOf(failing({ orderId: `ord_${named.jobId}` }));

    expect(lines).toMatchObject([{ jobId: named.jobId.toLowerCase() }]);
  });

  it('repeats nothing that cannot be the id of a job', async () => {
    const lines = await linesOf(failing({ jobId: '4111111111111111' }));

    expect(JSON.stringify(lines)).not.toContain('4111');
  });

  it('is one line with the error for a fault of ours', async () => {
    const lines = await linesOf(() => answerTo(new TypeError('x is not a function')));

    expect(lines).toMatchObject([
      { level: 'ERROR', requestId: 'request-1', error: { message: 'x is not a function' } },
    ]);
  });
});
