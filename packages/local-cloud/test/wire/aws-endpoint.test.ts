import { afterEach, describe, expect, it } from '@jest/globals';
import { AwsError } from '../../src/wire/aws-error.ts';
import type { AwsCall, AwsService } from '../../src/wire/aws-service.ts';
import { openAwsEndpoint } from '../support/aws-endpoint.ts';
import { callAws } from '../support/call-aws.ts';

const role = 'arn:aws:iam::000000000000:role/Accept';
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** An endpoint with one service behind it, which notes what it performs. */
async function endpointWith(signingName = 'dynamodb') {
  const performed: AwsCall[] = [];
  const service: AwsService = {
    name: signingName,
    read: ({ headers, body }) => ({
      operation: headers['x-amz-target']?.split('.')[1] ?? '',
      input: JSON.parse(body.toString()),
    }),
    permissions: ({ operation }) => [{ action: `${signingName}:${operation}`, resource: 'arn:jobs' }],
    async perform(call) {
      performed.push(call);
      const { fail, bug } = call.input;
      if (fail) throw new AwsError('ConditionalCheckFailedException', 'failed', 400, { Item: { a: 1 } });
      if (bug) throw new TypeError('oops');
      return { done: call.input };
    },
  };
  const { url, add, stop, ...parts } = await openAwsEndpoint();
  stops.push(stop);
  add(service);
  const call = (input: object, { key = 'AKIAOPERATOR', scope = signingName, operation = 'PutItem' } = {}) =>
    callAws({
      url,
      service: scope,
      key,
      headers: { 'x-amz-target': `Api_1.${operation}` },
      body: JSON.stringify(input),
    });
  return { ...parts, performed, call, url };
}

describe('the AWS endpoint', () => {
  it('carries a call to the service that its credential names', async () => {
    const { call, usage } = await endpointWith();

    const response = await call({ a: 1 });

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ done: { a: 1 } });
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.0');
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(usage.report().calls).toEqual({ dynamodb: { PutItem: 1 } });
  });

  it('answers a refusal as SDKs decode it', async () => {
    const { call } = await endpointWith();

    const response = await call({ fail: true });

    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-errortype')).toBe('ConditionalCheckFailedException');
    expect(await response.json()).toEqual({
      __type: 'ConditionalCheckFailedException',
      message: 'failed',
      Item: { a: 1 },
    });
  });

  it('tells nothing of its own failures', async () => {
    const { call } = await endpointWith();

    const response = await call({ bug: true });

    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('oops');
  });

  it('refuses a role what its policies do not allow, before anything is done', async () => {
    const { call, access, performed } = await endpointWith();
    access.attach(role, [{ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: '*' }]);
    const key = access.accessKeyFor(role);

    const denied = await call({}, { key });
    const allowed = await call({}, { key, operation: 'GetItem' });

    expect(await denied.json()).toMatchObject({ __type: 'AccessDeniedException' });
    expect(allowed.status).toBe(200);
    expect(performed.map(({ operation }) => operation)).toEqual(['GetItem']);
  });

  it('refuses a service it does not have, and a request without credential', async () => {
    const { call, url } = await endpointWith();

    const unknown = await call({}, { scope: 'kms' });
    const unsigned = await fetch(url, { method: 'POST' });

    expect(unknown.status).toBe(400);
    expect(await unknown.json()).toMatchObject({ message: 'The local cloud has no kms; it has: dynamodb' });
    expect(unsigned.status).toBe(403);
  });

  it('refuses pages of other origins', async () => {
    const { url, performed } = await endpointWith();

    const response = await fetch(url, { method: 'POST', headers: { origin: 'https://evil.example' } });

    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('Origin is') });
    expect(performed).toEqual([]);
  });

  it.each([
    ['dynamodb', 400, 'ProvisionedThroughputExceededException'],
    ['states', 400, 'ThrottlingException'],
    ['ses', 429, 'TooManyRequestsException'],
  ])('throttles %s as it throttles on AWS', async (name, status, code) => {
    const { call, faults, performed } = await endpointWith(name);
    faults.add({ target: `${name}:PutItem`, effect: 'throttle', times: 1 });

    const response = await call({});

    expect(response.status).toBe(status);
    expect(response.headers.get('x-amzn-errortype')).toBe(code);
    expect(performed).toEqual([]);
  });

  it('fails before the work with the effect error', async () => {
    const { call, faults, performed } = await endpointWith();
    faults.add({ target: 'dynamodb:PutItem', effect: 'error', times: 1 });

    expect((await call({})).status).toBe(500);
    expect(performed).toEqual([]);
    expect((await call({})).status).toBe(200);
  });

  it.each([[{}], [{ fail: true }], [{ bug: true }]])(
    'does the work of %j, and drops the connection, with lost-answer',
    async (input) => {
      const { call, faults, performed } = await endpointWith();
      faults.add({ target: 'dynamodb:PutItem', effect: 'lost-answer', times: 1 });

      await expect(call(input)).rejects.toThrow('fetch failed');
      expect(performed).toHaveLength(1);
    },
  );

  it('answers late with the effect slow', async () => {
    const { call, faults } = await endpointWith();
    faults.add({ target: 'dynamodb:PutItem', effect: 'slow', ms: 60, times: 1 });
    const started = performance.now();

    await call({});

    expect(performance.now() - started).toBeGreaterThanOrEqual(55);
  });
});
