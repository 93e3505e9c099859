import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLambdaApi, type LambdaApi } from '../../src/lambda/lambda-api.ts';
import { createLogs, type Logs } from '../../src/logs/logs.ts';
import { openAwsEndpoint } from '../support/aws-endpoint.ts';
import { callAws } from '../support/call-aws.ts';
import { arnOf, FakeFunctions } from '../support/fake-functions.ts';
import { until } from '../support/until.ts';

describe('the API of Lambda', () => {
  let aws: Awaited<ReturnType<typeof openAwsEndpoint>>;
  let functions: FakeFunctions;
  let logs: Logs;
  let api: LambdaApi;

  beforeEach(async () => {
    aws = await openAwsEndpoint();
    functions = new FakeFunctions();
    logs = createLogs();
    api = createLambdaApi({ functions, logs, timeScale: 0.000_01, log: () => {} });
    aws.add(api.service);
    functions.on('Pay', ({ token }) => {
      if (token === 'busy') throw Object.assign(new Error('Rate Exceeded.'), { name: 'Throttled' });
      if (token === 'bad') throw Object.assign(new Error('no funds'), { name: 'PaymentDeclined' });
      return { charged: token ?? 'nothing' };
    });
    functions.describe('Pay', {
      arn: arnOf('Pay'),
      name: 'Pay',
      timeoutMs: 5_000,
      memoryMb: 256,
      environment: { TABLE: 'jobs' },
      logging: { group: 'pay-log', format: 'JSON', level: 'INFO' },
    });
  });
  afterEach(async () => {
    api.stop();
    await aws.stop();
  });

  const call = (
    method: string,
    path: string,
    more: { headers?: Record<string, string>; body?: string; key?: string } = {},
  ) => callAws({ url: aws.url, service: 'lambda', method, path: `/2015-03-31/functions/${path}`, ...more });
  const invoke = (body: string, headers: Record<string, string> = {}, name = 'Pay') =>
    call('POST', `${name}/invocations`, { body, headers });

  it('invokes a function and answers what it returned', async () => {
    const response = await invoke('{"token":"visa"}');

    expect(response.status).toBe(200);
    expect(response.headers.get('x-amz-executed-version')).toBe('$LATEST');
    expect(response.headers.has('x-amz-function-error')).toBe(false);
    expect(await response.json()).toEqual({ charged: 'visa' });
    expect(aws.usage.report().calls).toEqual({ lambda: { Invoke: 1 } });
  });

  it.each([
    'Pay',
    'Pay:$LATEST',
    arnOf('Pay'),
    '000000000000:function:Pay',
    'Pay/invocations?Qualifier=$LATEST#',
  ])('knows a function by the name %s', async (name) => {
    const path = name.includes('?') ? name.slice(0, -1) : `${encodeURIComponent(name)}/invocations`;

    expect(await (await call('POST', path)).json()).toEqual({ charged: 'nothing' });
  });

  it('says that the function failed, and how', async () => {
    const response = await invoke('{"token":"bad"}');

    expect([response.status, response.headers.get('x-amz-function-error')]).toEqual([200, 'Unhandled']);
    expect(await response.json()).toEqual({ errorType: 'PaymentDeclined', errorMessage: 'no funds' });
  });

  it('invokes an event later, again after an error, and answers at once', async () => {
    let attempts = 0;
    functions.on('Pay', () => {
      attempts += 1;
      throw new Error('down');
    });

    const response = await invoke('{}', { 'x-amz-invocation-type': 'Event' });

    expect([response.status, await response.text()]).toEqual([202, '']);
    await until(() => attempts === 3);
  });

  it('only checks with DryRun', async () => {
    functions.on('Pay', () => {
      throw new Error('must not run');
    });

    expect((await invoke('{}', { 'x-amz-invocation-type': 'DryRun' })).status).toBe(204);
  });

  it('gives the end of the log of this very invocation', async () => {
    functions.invoke = async (_, __, taken?: (requestId: string) => void) => {
      taken?.('r2');
      logs.write('pay-log', 'one', 'END of r1');
      for (const line of ['START r2', 'charged', 'REPORT r2']) logs.write('pay-log', 'one', line);
      logs.write('pay-log', 'two', 'of another');
      return { ok: true, payload: null };
    };

    const response = await invoke('{}', { 'x-amz-log-type': 'Tail' });

    const tail = Buffer.from(response.headers.get('x-amz-log-result') ?? '', 'base64').toString();
    expect(tail).toBe('START r2\ncharged\nREPORT r2\n');
  });

  it.each([
    ['an unknown function', 'Nobody', '{}', {}, 404, 'ResourceNotFoundException'],
    ['another version', 'Pay:7', '{}', {}, 404, 'ResourceNotFoundException'],
    ['what is not JSON', 'Pay', '{', {}, 400, 'InvalidRequestContentException'],
    ['a throttled call', 'Pay', '{"token":"busy"}', {}, 429, 'Throttled'],
    [
      'an event of over 1 MB',
      'Pay',
      `"${'x'.repeat(2 ** 20)}"`,
      { 'x-amz-invocation-type': 'Event' },
      413,
      'RequestTooLargeException',
    ],
    [
      'an unknown type',
      'Pay',
      '{}',
      { 'x-amz-invocation-type': 'Later' },
      400,
      'InvalidParameterValueException',
    ],
  ])('refuses %s', async (_, name, body, headers, status, code) => {
    const response = await invoke(body, headers, name);

    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([status, code]);
  });

  it('lists and describes functions', async () => {
    const { Functions } = (await (await call('GET', '')).json()) as { Functions: object[] };
    const found = await (await call('GET', 'Pay')).json();
    const configuration = await (await call('GET', 'Pay/configuration')).json();

    const pay = {
      FunctionName: 'Pay',
      FunctionArn: arnOf('Pay'),
      MemorySize: 256,
      Timeout: 5,
      Environment: { Variables: { TABLE: 'jobs' } },
      LoggingConfig: { LogGroup: 'pay-log', LogFormat: 'JSON' },
    };
    expect(Functions).toMatchObject([pay]);
    expect(found).toMatchObject({ Configuration: pay });
    expect(configuration).toMatchObject(pay);
  });

  it('refuses any other operation by name', async () => {
    const response = await call('DELETE', 'Pay');

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      message:
        "The local cloud's lambda does not have DELETE /2015-03-31/functions/Pay; it has ListFunctions, GetFunction, GetFunctionConfiguration, Invoke",
    });
  });

  it('needs lambda:InvokeFunction for this very function', async () => {
    const role = 'arn:aws:iam::000000000000:role/Caller';
    aws.access.attach(role, [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: arnOf('Pay') }]);
    const key = aws.access.accessKeyFor(role);

    expect((await call('POST', 'Pay/invocations', { key })).status).toBe(200);
    expect((await call('POST', 'Other/invocations', { key })).status).toBe(403);
    expect((await call('GET', 'Pay', { key })).status).toBe(403);
  });
});
