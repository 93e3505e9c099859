import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { Problem } from '../../domain/protocol/protocol.ts';
import { needing } from './support/needing.ts';
import { type Answer, anOrder, anOwner, anotherOwner, apiUrl } from './support/orders-api.ts';

function expectProblem(
  { status, headers, body }: Answer<Problem>,
  expected: { status: number; code?: string },
): void {
  expect({ status, code: body?.code }).toMatchObject(expected);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({
    type: expect.any(String),
    title: expect.any(String),
    status,
    detail: expect.any(String),
  });
  expect(headers.get('x-request-id')).toBeTruthy();
  expect(JSON.stringify(body)).not.toMatch(/arn:aws|at .*\.js:|node_modules/);
}

/** A refusal of API Gateway itself, before any function. */
async function expectGatewayRefusal(response: Response, status: number, message: string): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('apigw-requestid')).toBeTruthy();
  expect(await response.json()).toEqual({ message });
}

/** An owner, and the check that it has no job more than now. */
async function aRefusedOwner() {
  const api = await anOwner();
  const newJobs = await api.newJobs();
  return { api, expectNoJob: async () => expect(await newJobs()).toEqual([]) };
}

describe('a refused order leaves no job behind', () => {
  it.each([
    ['null', 'null', 422],
    ['an array', '[]', 422],
    ['a string', '""', 422],
    ['a bare word', '__proto__', 400],
    ['a __proto__ member', '{"__proto__":{"email":"a@example.com"}}', 422],
    ['nothing', '', 400],
    ['half a document', '{"email":', 400],
    ['ten thousand nested arrays', '['.repeat(10_000) + ']'.repeat(10_000), 422],
    ['ten thousand open arrays', '['.repeat(10_000), 400],
    ['1e400 as a price', JSON.stringify(anOrder()).replace('1999', '1e400'), 422],
    ['a lone surrogate', JSON.stringify(anOrder({ reference: '\ud800' })), 422],
    [
      'a negative quantity',
      JSON.stringify(anOrder({ items: [{ sku: 'a', quantity: -1, unitPrice: 1 }] })),
      422,
    ],
    [
      'a fractional quantity',
      JSON.stringify(anOrder({ items: [{ sku: 'a', quantity: 1.5, unitPrice: 1 }] })),
      422,
    ],
    [
      'a total beyond a safe integer',
      JSON.stringify(anOrder({ items: [{ sku: 'a', quantity: 9007199254740991, unitPrice: 2 }] })),
      422,
    ],
  ])('%s', async (_, body, status) => {
    const { api, expectNoJob } = await aRefusedOwner();

    expectProblem(await api.post(body), { status });

    await expectNoJob();
  });

  it('bytes that are not UTF-8', async () => {
    const { api, expectNoJob } = await aRefusedOwner();
    const body = Buffer.concat([
      Buffer.from('{"email":"'),
      Buffer.from([0xc3, 0x28, 0xff]),
      Buffer.from('"}'),
    ]);

    expectProblem(await api.post(body), { status: 400, code: 'malformed_body' });

    await expectNoJob();
  });

  it('a body over 200 KB', async () => {
    const { api, expectNoJob } = await aRefusedOwner();

    const answer = await api.post(JSON.stringify(anOrder({ reference: 'x'.repeat(205_000) })));

    expectProblem(answer, { status: 413, code: 'body_too_large' });
    await expectNoJob();
  });

  it.each([
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    '',
  ])('the content type %p', async (contentType) => {
    const { api, expectNoJob } = await aRefusedOwner();

    const answer = await api.post(Buffer.from(JSON.stringify(anOrder())), { 'content-type': contentType });

    expectProblem(answer, { status: 415, code: 'unsupported_media_type' });
    await expectNoJob();
  });

  it('a compressed body, and says so', async () => {
    const { api, expectNoJob } = await aRefusedOwner();

    const answer = await api.post(gzipSync(JSON.stringify(anOrder())), { 'content-encoding': 'gzip' });

    expectProblem(answer, { status: 415, code: 'unsupported_content_encoding' });
    expect(answer.body.detail).toContain('compressed');
    expect(answer.headers.get('accept-encoding')).toBe('identity');
    await expectNoJob();
  });

  it('names every bad field by its pointer', async () => {
    const { api, expectNoJob } = await aRefusedOwner();
    const order = anOrder({
      email: 'nobody',
      items: [{ sku: 'a', quantity: 0, unitPrice: 1 }],
      surprise: true,
    });

    const answer = await api.post(JSON.stringify(order));

    expectProblem(answer, { status: 422, code: 'invalid_fields' });
    const pointers = answer.body.errors?.map(({ pointer }) => pointer);
    expect(pointers?.sort()).toEqual(['/email', '/items/0/quantity', '/surprise']);
    await expectNoJob();
  });

  it.each([
    [
      'a line break in a sku',
      anOrder({ items: [{ sku: 'a\nb', quantity: 1, unitPrice: 1 }] }),
      '/items/0/sku',
    ],
    ['a turned direction in a reference', anOrder({ reference: 'a\u202eb' }), '/reference'],
    ['a withdrawn currency', anOrder({ currency: 'DEM' }), '/currency'],
    ['a currency that does not exist', anOrder({ currency: 'ABC' }), '/currency'],
    ['a local part that is not ASCII', anOrder({ email: 'bücher@example.com' }), '/email'],
    [
      'a callback to a port that is not called',
      anOrder({ callbackUrl: 'https://shop.example.com:22/hook' }),
      '/callbackUrl',
    ],
  ])('%s', async (_, order, pointer) => {
    const { api, expectNoJob } = await aRefusedOwner();

    const answer = await api.post(JSON.stringify(order));

    expectProblem(answer, { status: 422, code: 'invalid_fields' });
    expect(answer.body.errors?.map((error) => error.pointer)).toEqual([pointer]);
    await expectNoJob();
  });

  it('thousands of unknown fields with long names, and repeats little of them', async () => {
    const { api, expectNoJob } = await aRefusedOwner();
    const unknown = Array.from({ length: 1_000 }, (_, i) => [`${i}${'x'.repeat(150)}`, 1]);

    const answer = await api.post(JSON.stringify(anOrder(Object.fromEntries(unknown))));

    expectProblem(answer, { status: 422, code: 'invalid_fields' });
    expect(answer.body.errors).toHaveLength(20);
    expect(JSON.stringify(answer.body).length).toBeLessThan(3_000);
    await expectNoJob();
  });

  it('a card number, in any field, and does not repeat it', async () => {
    const { api, expectNoJob } = await aRefusedOwner();

    for (const order of [
      anOrder({ payment: { token: '4111111111111111' } }),
      anOrder({ reference: 'my card is 5555 5555 5555 4444' }),
      anOrder({ items: [{ sku: '3782-822463-10005', quantity: 1, unitPrice: 1 }] }),
      anOrder({ items: [{ sku: 'a', quantity: 1, unitPrice: 4111111111111111 }] }),
    ]) {
      const answer = await api.post(JSON.stringify(order));
      expectProblem(answer, { status: 422 });
      expect(JSON.stringify(answer.body)).not.toMatch(/4111111111111111|5555 5555|3782-/);
    }
    await expectNoJob();
  });
});

describe('access', () => {
  it.each([
    ['no token', {}],
    ['a token that is none', { authorization: 'Bearer nonsense' }],
    ['another scheme', { authorization: 'Basic YTpi' }],
  ])('refuses %s', async (_, headers) => {
    const response = await fetch(`${apiUrl}/orders`, { headers: headers as Record<string, string> });

    await expectGatewayRefusal(response, 401, 'Unauthorized');
  });

  it('refuses a token whose signature was tampered with', async () => {
    const { token } = await anOwner();
    const [header, payload, signature = ''] = token.split('.');
    const forged = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;

    const response = await fetch(`${apiUrl}/orders`, { headers: { authorization: `Bearer ${forged}` } });

    expect(response.status).toBe(401);
  });

  it.each(['x', '%20', 'a'.repeat(3000), '%00', '0193'])('answers 404 to the job id %p', async (jobId) => {
    const api = await anOwner();

    expectProblem(await api.call(`${apiUrl}/orders/status/${jobId}`), { status: 404 });
  });

  it('shows its description to anybody', async () => {
    const response = await fetch(`${apiUrl}/openapi.json`);

    expect(response.status).toBe(200);
    const description = (await response.json()) as { externalDocs: { url: string } };
    expect(description).toMatchObject({ openapi: '3.1.0', paths: { '/orders': {} } });
    const linked = await fetch(new URL(description.externalDocs.url, response.url));
    expect(await linked.json()).toMatchObject({ asyncapi: '3.1.0', channels: { live: {} } });
  });

  it.each(['/nowhere', '/orders/status/..%2f..', '/orders/', '/', ''])(
    'answers 404 to the path %p, which no route has, with a token or without',
    async (path) => {
      const api = await anOwner();

      expectProblem(await api.call(`${apiUrl}${path}`), { status: 404, code: 'not_found' });

      const nobody = await fetch(`${apiUrl}${path}`);
      expect(nobody.headers.get('content-type')).toBe('application/problem+json');
    },
  );

  it.each([
    ['DELETE', '/orders', 'POST, GET'],
    ['PUT', '/orders/status/0193', 'GET'],
    ['GET', '/orders/status/0193/redrive', 'POST'],
  ])('answers 405 to %s %s, with the methods that the path takes', async (method, path, allow) => {
    const api = await anOwner();

    const answer = await api.call<Problem>(`${apiUrl}${path}`, { method });

    expectProblem(answer, { status: 405, code: 'method_not_allowed' });
    expect(answer.headers.get('allow')).toBe(allow);
  });
});

needing('a second owner (--other-token)')("another owner's job", () => {
  it('is answered exactly as one that is missing, and stands in no history but its own', async () => {
    const [ada, grace] = [await anOwner(), await anotherOwner()];
    const { jobId } = (await ada.submit()).body;
    const { result } = await ada.ending(jobId);

    const theirs = await grace.status(jobId);
    const missing = await grace.status(jobId.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')));
    expect(theirs.status).toBe(404);
    const visible = ({ requestId: _, ...problem }: Record<string, unknown>) => problem;
    expect(visible({ ...theirs.body })).toEqual(visible({ ...missing.body }));
    expect((await grace.order(result?.orderUrl ?? '')).status).toBe(404);
    expect((await grace.jobs()).body.items.map((job) => job.jobId)).not.toContain(jobId);
  });
});
