import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createFaults, type Faults } from '../../src/faults/faults.ts';
import type { FunctionDefinition, Functions } from '../../src/lambda/functions.ts';
import { createFunctions, type FunctionsPorts } from '../../src/lambda/lambda-runtime.ts';
import { createLogs, type Logs } from '../../src/logs/logs.ts';
import { createUsage, type Usage } from '../../src/usage/usage.ts';

let functions: Functions;
let faults: Faults;
let usage: Usage;
let lines: Record<string, unknown>[];
let folder: string;
let count = 0;
let logs: Logs;

beforeEach(() => {
  lines = [];
  folder = mkdtempSync(join(tmpdir(), 'functions-'));
  // What lies above a bundle must not matter.
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  faults = createFaults(1, () => ({ functions: functions.all().map(({ path }) => path), services: [] }));
  usage = createUsage();
  logs = createLogs();
  const ports: FunctionsPorts = {
    awsUrl: 'http://127.0.0.1:4566',
    access: { accessKeyFor: (role) => `key of ${role}` },
    faults,
    usage,
    log: (entry) => lines.push(entry),
    logs,
  };
  functions = createFunctions(ports);
});

afterEach(async () => {
  await functions.stop();
  rmSync(folder, { recursive: true });
});

/** Deploys a bundle and gives its ARN. */
function deploy(source: string, overrides: Partial<FunctionDefinition> = {}, file = 'index.js'): string {
  count += 1;
  const code = mkdtempSync(join(folder, 'asset.'));
  mkdirSync(dirname(join(code, file)), { recursive: true });
  writeFileSync(join(code, file), source);
  const arn = `arn:aws:lambda:us-east-1:000000000000:function:f${count}`;
  functions.define({
    arn,
    name: `f${count}`,
    path: `Stack/F${count}/Resource`,
    code,
    handler: 'index.handler',
    environment: { TABLE: 'jobs' },
    role: 'arn:aws:iam::000000000000:role/f',
    memoryMb: 128,
    timeoutMs: 5000,
    logging: { group: `/aws/lambda/f${count}`, format: 'Text', level: 'INFO' },
    ...overrides,
  });
  return arn;
}

const echo = 'exports.handler = async (event) => event;';

describe('a function that is warmed', () => {
  it('is loaded before its first call, and once', async () => {
    const file = join(folder, 'loads');
    const arn = deploy(`require('node:fs').appendFileSync(${JSON.stringify(file)}, 'load '); ${echo}`);
    const part = `F${count}`;

    await functions.warm(part);
    await functions.warm(part);
    expect(readFileSync(file, 'utf8')).toBe('load ');

    expect(await functions.invoke(arn, 1)).toEqual({ ok: true, payload: 1 });
    expect(readFileSync(file, 'utf8')).toBe('load ');
  });

  it('serves a call that comes while it is loaded', async () => {
    const arn = deploy(echo);

    const warming = functions.warm(`F${count}`);

    expect(await functions.invoke(arn, 1)).toEqual({ ok: true, payload: 1 });
    await warming;
  });

  it('fails its first call when it cannot be loaded, as one that is not warmed', async () => {
    const arn = deploy('throw new TypeError("broken");');

    await functions.warm(`F${count}`);

    expect(await functions.invoke(arn, 1)).toMatchObject({ ok: false, errorType: 'TypeError' });
  });

  it('is refused when there is none of the path', async () => {
    deploy(echo);

    await expect(functions.warm('Api/Refund')).rejects.toThrow(
      `warm has "Api/Refund", which is part of no function's path; functions: Stack/F${count}/Resource`,
    );
  });
});

describe('what a handler sees', () => {
  it('gives the event to a CommonJS handler and its answer back', async () => {
    const arn = deploy(
      `const { sep } = require('node:path'); exports.handler = async (event) => ({ event, sep });`,
    );

    expect(await functions.invoke(arn, { a: [1, null] })).toEqual({
      ok: true,
      payload: { event: { a: [1, null] }, sep: '/' },
    });
  });

  it('loads an ES module', async () => {
    const arn = deploy('export const handler = async () => import.meta.dirname.length > 0;', {}, 'index.mjs');

    expect(await functions.invoke(arn, {})).toEqual({ ok: true, payload: true });
  });

  it('takes the answer of a plain function', async () => {
    expect(await functions.invoke(deploy('exports.handler = (event) => event * 2;'), 4)).toEqual({
      ok: true,
      payload: 8,
    });
  });

  it('finds a handler in a folder and within an object', async () => {
    const source = 'exports.api = { get: async () => require("./part.js").found };';
    const arn = deploy(source, { handler: 'src.v1/index.api.get' }, 'src.v1/index.js');
    writeFileSync(join(functions.find(arn)?.code ?? '', 'src.v1', 'part.js'), 'exports.found = "a part";');

    expect(await functions.invoke(arn, {})).toEqual({ ok: true, payload: 'a part' });
  });

  it('turns undefined into null, as JSON does', async () => {
    const arn = deploy('exports.handler = async () => {};');

    expect(await functions.invoke(arn, undefined)).toEqual({ ok: true, payload: null });
  });

  it('has the environment of the template and of Lambda, and nothing of this process', async () => {
    const arn = deploy('exports.handler = async () => process.env;');

    const { payload } = (await functions.invoke(arn, {})) as { payload: Record<string, string> };

    expect(payload).toMatchObject({
      TABLE: 'jobs',
      AWS_ACCESS_KEY_ID: 'key of arn:aws:iam::000000000000:role/f',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      TZ: ':UTC',
      _X_AMZN_TRACE_ID: expect.stringMatching(
        /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/,
      ),
    });
    expect(payload).not.toHaveProperty('PATH');
  });

  it('has a context that counts down to the timeout', async () => {
    const arn = deploy(
      'exports.handler = async (_, context) => ({ ...context, rest: context.getRemainingTimeInMillis() });',
    );

    const { payload } = (await functions.invoke(arn, {})) as { payload: { rest: number } };

    expect(payload).toMatchObject({
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      invokedFunctionArn: arn,
      memoryLimitInMB: '128',
    });
    expect(payload.rest).toBeGreaterThan(3000);
    expect(payload.rest).toBeLessThanOrEqual(5000);
  });

  it('keeps what it remembers between invocations', async () => {
    const arn = deploy('let calls = 0; exports.handler = async () => ++calls;');

    await functions.invoke(arn, {});

    expect(await functions.invoke(arn, {})).toEqual({ ok: true, payload: 2 });
  });
});

describe('how an invocation ends', () => {
  it('names the error that the handler threw', async () => {
    const arn = deploy(
      `exports.handler = async () => { throw Object.assign(new Error('no funds'), { name: 'PaymentDeclined' }); };`,
    );

    expect(await functions.invoke(arn, {})).toEqual({
      ok: false,
      kind: 'handled',
      errorType: 'PaymentDeclined',
      errorMessage: 'no funds',
      trace: expect.arrayContaining([expect.stringContaining('no funds')]),
    });
  });

  it('ends a handler that takes too long, even one that never yields', async () => {
    const arn = deploy('exports.handler = async (event) => { while (event.spin); };', { timeoutMs: 300 });

    expect(await functions.invoke(arn, { spin: true })).toMatchObject({
      kind: 'unhandled',
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Task timed out after 0.30 seconds$/,
      ),
    });
    expect(await functions.invoke(arn, {})).toEqual({ ok: true, payload: null });
  });

  it.each([
    ['exits', 'process.exit(3)', 'exit status 3'],
    ['exits without a word', 'process.exit()', 'without providing a reason'],
    ['throws where nobody catches', `setImmediate(() => { throw new Error('lost'); })`, 'exit status 129'],
    ['forgets a rejection', `Promise.reject(new Error('lost'))`, 'exit status 129'],
  ])('reports the exit of a handler that %s', async (_, statement, reason) => {
    const arn = deploy(`exports.handler = async () => { ${statement}; await new Promise(() => {}); };`);

    expect(await functions.invoke(arn, {})).toMatchObject({
      ok: false,
      kind: 'unhandled',
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining(reason),
    });
  });

  it('reports a handler that takes more memory than it has', async () => {
    const arn = deploy(
      'exports.handler = async () => { const kept = []; for (;;) kept.push({ a: 1, b: {} }); };',
      { memoryMb: 64, timeoutMs: 20_000 },
    );

    expect(await functions.invoke(arn, {})).toMatchObject({
      kind: 'unhandled',
      errorType: 'Runtime.OutOfMemory',
    });
  });

  it.each([
    ['throws while loading', `throw new TypeError('bad start');`, 'TypeError'],
    ['does not export the handler', 'exports.other = 1;', 'Runtime.HandlerNotFound'],
    ['is not JavaScript', 'exports.handler = (', 'SyntaxError'],
    ['takes a callback', 'exports.handler = (a, b, done) => done();', 'Runtime.CallbackHandlerDeprecated'],
  ])('fails every call of code that %s', async (_, source, errorType) => {
    const arn = deploy(source);

    expect(await functions.invoke(arn, {})).toMatchObject({ ok: false, kind: 'unhandled', errorType });
    expect(await functions.invoke(arn, {})).toMatchObject({ ok: false, kind: 'unhandled', errorType });
  });

  it('refuses a file that is not there', async () => {
    const arn = deploy(echo, { handler: 'main.handler' });

    expect(await functions.invoke(arn, {})).toMatchObject({ errorType: 'Runtime.ImportModuleError' });
  });

  it('refuses events and answers over 6 MB, and what is not JSON', async () => {
    const large = 'x'.repeat(6 * 1024 * 1024 + 200);
    const cycle: { self?: object } = {};
    cycle.self = cycle;
    const growing = deploy(`exports.handler = async (size) => 'x'.repeat(size);`);
    const strange = deploy('exports.handler = async () => 1n;');

    expect(await functions.invoke(growing, large)).toMatchObject({
      errorType: 'RequestEntityTooLargeException',
    });
    expect(await functions.invoke(growing, large.length)).toMatchObject({
      errorType: 'Function.ResponseSizeTooLarge',
    });
    expect(await functions.invoke(growing, cycle)).toMatchObject({ ok: false, kind: 'service' });
    expect(await functions.invoke(strange, {})).toMatchObject({ errorType: 'Runtime.MarshalError' });
  });

  it('does not know a function that was never defined', async () => {
    expect(await functions.invoke('arn:aws:lambda:us-east-1:0:function:none', {})).toMatchObject({
      kind: 'service',
      errorType: 'ResourceNotFoundException',
    });
  });
});

describe('concurrency', () => {
  it('throttles beyond the reserved concurrency', async () => {
    const arn = deploy('exports.handler = () => new Promise((done) => setTimeout(done, 50, 1));', {
      reservedConcurrency: 1,
    });

    const [first, second] = await Promise.all([functions.invoke(arn, {}), functions.invoke(arn, {})]);

    expect(first).toMatchObject({ ok: true });
    expect(second).toMatchObject({ ok: false, kind: 'throttled', errorType: 'TooManyRequestsException' });
    expect(await functions.invoke(arn, {})).toMatchObject({ ok: true });
  });

  it('lets no slow handler starve the others', async () => {
    const source = 'exports.handler = async (ends) => ends || new Promise(() => {});';
    const arn = deploy(source, { timeoutMs: 60_000 });
    void functions.invoke(arn, false);
    void functions.invoke(arn, false);

    expect(await functions.invoke(arn, true)).toEqual({ ok: true, payload: true });
  });

  it('tells when a sandbox takes an invocation up: one that waits, after another has ended', async () => {
    const arn = deploy('exports.handler = async (name) => console.warn(name, "runs");');
    const taken = (name: string) => () => lines.push({ message: `${name} taken` });

    await Promise.all(['first', 'second'].map((name) => functions.invoke(arn, name, taken(name))));

    expect(lines.map(({ message }) => message)).toEqual([
      'first taken',
      'first runs',
      'second taken',
      'second runs',
    ]);
  });

  it('answers whoever waits when it stops', async () => {
    const arn = deploy('exports.handler = () => new Promise(() => {});', { reservedConcurrency: 2 });
    const waiting = [functions.invoke(arn, {}), functions.invoke(arn, {})];

    await functions.stop();

    expect(await Promise.all(waiting)).toEqual([
      expect.objectContaining({ kind: 'service' }),
      expect.objectContaining({ kind: 'service' }),
    ]);
  });
});

describe('faults', () => {
  const counting = 'let calls = 0; exports.handler = async () => { console.log("ran"); return ++calls; };';
  const ran = () => lines.filter(({ message }) => message === 'ran').length;

  it.each([
    ['error', 'unhandled', 'Runtime.InjectedFault', 0],
    ['throttle', 'throttled', 'TooManyRequestsException', 0],
    ['crash-before', 'unhandled', 'Runtime.ExitError', 0],
    ['crash-after', 'unhandled', 'Runtime.ExitError', 1],
    ['hang', 'unhandled', 'Sandbox.Timedout', 0],
  ])('%s ends as %s', async (effect, kind, errorType, runs) => {
    const arn = deploy(counting, { timeoutMs: 1500 });
    faults.add({ target: `lambda:f${count}`, effect, times: 1 });

    expect(await functions.invoke(arn, {})).toMatchObject({ ok: false, kind, errorType });
    expect(ran()).toBe(runs);
    expect(await functions.invoke(arn, {})).toEqual({ ok: true, payload: 1 });
  });

  it('hang holds its sandbox until the timeout, and the others go on', async () => {
    const arn = deploy('exports.handler = async (n) => n;', { timeoutMs: 3000 });
    await functions.invoke(arn, 0);
    faults.add({ target: `lambda:f${count}`, effect: 'hang', times: 1 });

    const hanging = functions.invoke(arn, 1);

    expect(await Promise.race([hanging, functions.invoke(arn, 2)])).toEqual({ ok: true, payload: 2 });
    expect(await hanging).toMatchObject({ errorType: 'Sandbox.Timedout' });
    expect(
      logs.events(`/aws/lambda/f${count}`).filter(({ message }) => /timed out/.test(message)),
    ).toHaveLength(1);
  });
});

describe('what CloudWatch keeps', () => {
  const kept = () => logs.events(`/aws/lambda/f${count}`);
  const source = `exports.handler = async () => {
    console.log('order', 1);
    console.debug({ jobId: 'j1' });
    console.error(new RangeError('too much'));
    process.stdout.write('{"jobId":"j1"}\\nsecond\\n');
  };`;

  it('keeps lines as text between those of Lambda', async () => {
    const arn = deploy(source);
    let requestId = '';

    await functions.invoke(arn, {}, (id) => {
      requestId = id;
    });

    expect(kept().map(({ message }) => message.replace(/^\d{4}-\S+Z\t/, '').split('\n')[0])).toEqual([
      `START RequestId: ${requestId} Version: $LATEST`,
      `${requestId}\tINFO\torder 1`,
      `${requestId}\tDEBUG\t{ jobId: 'j1' }`,
      `${requestId}\tERROR\tRangeError: too much`,
      '{"jobId":"j1"}',
      'second',
      `END RequestId: ${requestId}`,
      expect.stringContaining(`REPORT RequestId: ${requestId}\tDuration: `),
    ]);
    expect(new Set(kept().map(({ stream }) => stream)).size).toBe(1);
  });

  it('keeps lines as JSON from their level on', async () => {
    const arn = deploy(source, {
      logging: { group: `/aws/lambda/f${count + 1}`, format: 'JSON', level: 'INFO' },
    });

    await functions.invoke(arn, {});

    const [start, ...lines] = kept().map(({ message }) => message);
    expect(start).toContain('platform.start');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'INFO',
      message: 'order 1',
      requestId: expect.any(String),
    });
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({
      level: 'ERROR',
      message: { errorType: 'RangeError', errorMessage: 'too much' },
    });
    expect(lines.slice(2)).toEqual(['{"jobId":"j1"}', 'second', expect.stringContaining('platform.report')]);
  });
});

describe('what a bundle may import', () => {
  const bundle = (name: string) =>
    `const found = require('${name}'); exports.handler = async () => typeof found;`;

  it.each([
    ['CommonJS', bundle('@aws-sdk/client-sqs'), 'index.js'],
    [
      'an ES module',
      `import { SQSClient } from '@aws-sdk/client-sqs'; export const handler = async () => typeof new SQSClient();`,
      'index.mjs',
    ],
  ])('is the AWS SDK, as in the runtime of AWS, from %s', async (_, source, file) => {
    expect(await functions.invoke(deploy(source, {}, file), {})).toEqual({ ok: true, payload: 'object' });
  });

  it('is nothing else that lies above the bundle', async () => {
    const folderAbove = join(folder, 'node_modules', 'left-pad');
    mkdirSync(folderAbove, { recursive: true });
    writeFileSync(join(folderAbove, 'index.js'), '');

    expect(await functions.invoke(deploy(bundle('left-pad')), {})).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: "Cannot find module 'left-pad' in the bundle",
    });
    expect(await functions.invoke(deploy(bundle('fs')), {})).toEqual({ ok: true, payload: 'object' });
  });
});

describe('what the operator sees', () => {
  it('logs lines with their level and drops metrics and debug lines', async () => {
    const arn = deploy(`exports.handler = async () => {
      console.log('plain');
      console.warn('careful %d', 1);
      console.error('bad');
      console.log(JSON.stringify({ level: 'WARN', message: 'structured', jobId: 'j1' }));
      console.log(JSON.stringify({ level: 'DEBUG', message: 'detail' }));
      process.stdout.write(JSON.stringify({ _aws: {}, Orders: 1 }) + '\\n');
    };`);

    await functions.invoke(arn, {});

    const path = `Stack/F${count}/Resource`;
    expect(lines).toEqual([
      { level: 'info', message: 'plain', function: path },
      { level: 'warn', message: 'careful 1', function: path },
      { level: 'error', message: 'bad', function: path },
      { level: 'warn', message: 'structured', jobId: 'j1', function: path },
    ]);
  });

  it.each([
    [
      'throws',
      'exports.handler = async () => { throw new RangeError("too much"); };',
      'RangeError: too much',
    ],
    ['cannot be loaded', 'throw new Error("no such luck");', 'Error: no such luck'],
  ])('logs why a handler failed that %s', async (_, code, message) => {
    const arn = deploy(code);

    await functions.invoke(arn, {});

    const path = `Stack/F${count}/Resource`;
    expect(lines).toContainEqual({ level: 'warn', message, function: path, trace: expect.any(Array) });
  });

  it('bills gigabyte-seconds by the millisecond', async () => {
    const arn = deploy('exports.handler = () => new Promise((done) => setTimeout(done, 100));', {
      memoryMb: 512,
    });

    await functions.invoke(arn, {});

    const report = usage.report() as { functions: Record<string, { gbSeconds: number }> };
    const seconds = (report.functions[`Stack/F${count}/Resource`]?.gbSeconds ?? 0) * 2;
    expect(seconds).toBeGreaterThanOrEqual(0.099);
    expect(seconds).toBeLessThan(1);
    expect(Number.isInteger(Math.round(seconds * 1e6) / 1000)).toBe(true);
  });
});
