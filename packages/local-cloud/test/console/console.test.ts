import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createConsole } from '../../src/console/console.ts';
import { AwsError } from '../../src/wire/aws-error.ts';
import type { AwsCall, AwsService } from '../../src/wire/aws-service.ts';
import { type PublicEndpoint, startPublicEndpoint } from '../../src/wire/public-endpoint.ts';

let endpoint: PublicEndpoint;
let calls: AwsCall[];
let snapshot: object;

const service = (name: string): [string, AwsService] => [
  name,
  {
    name,
    read: () => ({ operation: '', input: {} }),
    permissions: () => [],
    async perform(call) {
      calls.push(call);
      if (call.operation === 'StopExecution') throw new AwsError('ExecutionDoesNotExist', 'There is none');
      return call.operation === 'ListStateMachines' ? { stateMachines: [] } : { done: call.operation };
    },
  },
];

beforeEach(async () => {
  calls = [];
  snapshot = { changes: 0 };
  const services = new Map(['states', 'secretsmanager'].map(service));
  endpoint = await startPublicEndpoint(0, () => {});
  endpoint.open(createConsole({ services, snapshot: () => snapshot }));
});
afterEach(() => endpoint.stop());

const ask = (path: string, init?: RequestInit) => fetch(`${endpoint.url}${path}`, init);
const call = (operation: string, init: RequestInit = {}) =>
  ask(`/_local/aws/${operation}`, { method: 'POST', ...init });

describe('the console', () => {
  it('is a page that runs only its own script', async () => {
    const page = await ask('/_local/');

    expect(page.headers.get('content-security-policy')).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'",
    );
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(await page.text()).toContain('<script type="module" src="console.js"></script>');
    expect((await ask('/_local', { redirect: 'manual' })).headers.get('location')).toBe('/_local/');
  });

  it('bundles its script when it is asked for, without anything from elsewhere', async () => {
    const script = await ask('/_local/console.js');

    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(await script.text()).not.toMatch(/\bfrom\s*["']|\bimport\s*["'(]/);
    expect((await ask('/_local/console.css')).headers.get('content-type')).toBe('text/css; charset=utf-8');
  });

  it('calls operations of AWS', async () => {
    const answer = await call('states/DescribeExecution', { body: '{"executionArn":"arn:1"}' });

    expect(await answer.json()).toEqual({ done: 'DescribeExecution' });
    expect(calls).toEqual([{ operation: 'DescribeExecution', input: { executionArn: 'arn:1' } }]);
  });

  it.each(['secretsmanager/GetSecretValue', 'states/StartExecution', 's3/GetObject', 'constructor/name'])(
    'refuses %s, which it has no use for',
    async (operation) => {
      const answer = await call(operation);

      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({
        __type: 'UnknownOperationException',
        message: expect.stringContaining(`does not have ${operation}; it has states/ListStateMachines`),
      });
      expect(calls).toEqual([]);
    },
  );

  it('passes on what AWS refuses', async () => {
    const answer = await call('states/StopExecution');

    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ __type: 'ExecutionDoesNotExist', message: 'There is none' });
  });

  it('refuses other methods, and bodies that are no JSON object', async () => {
    expect((await call('states/StopExecution', { method: 'GET' })).status).toBe(405);
    expect((await ask('/_local/executions', { method: 'POST' })).status).toBe(405);
    expect(await (await call('states/DescribeExecution', { body: '[1]' })).json()).toMatchObject({
      __type: 'SerializationException',
    });
  });

  it('refuses pages of other origins, and names that lead here', async () => {
    const headers = { origin: 'https://elsewhere.example' };

    expect((await call('states/StopExecution', { headers })).status).toBe(403);
    expect((await ask('/_local/events', { headers: { origin: 'null' } })).status).toBe(403);
    expect(calls).toEqual([]);
  });

  it('leaves other paths to others', async () => {
    for (const path of ['/_local/token', '/_local/aws', '/_local/aws/states', '/_local/console.ts', '/'])
      expect((await ask(path)).status).toBe(404);
  });

  it('sends snapshots, at once and whenever there is another', async () => {
    const leaving = new AbortController();
    const { body, headers } = await ask('/_local/events', { signal: leaving.signal });
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();

    expect(headers.get('content-type')).toBe('text/event-stream');
    expect((await reader?.read())?.value).toBe('data: {"changes":0}\n\n');
    snapshot = { changes: 1 };
    expect((await reader?.read())?.value).toBe('data: {"changes":1}\n\n');
    leaving.abort();
  });
});
