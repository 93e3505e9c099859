import { describe, expect, it } from '@jest/globals';
import { type Handler, runMachine } from './run-machine.ts';

const run = (States: object, input: unknown = {}, handlers: Readonly<Record<string, Handler>> = {}) =>
  runMachine({ StartAt: Object.keys(States)[0], States }, input, handlers);
const arnOf = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
const call = (name: string, more: object = {}) => ({
  Type: 'Task',
  Resource: arnOf(name),
  End: true,
  ...more,
});
const flow = (States: object) => ({ StartAt: Object.keys(States)[0], States });
const fail = (name: string): never => {
  throw Object.assign(new Error(`${name} happened`), { name });
};
const caught = { Type: 'Pass', End: true };
const catchAll = (more: object = {}) => ({
  Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught', ...more }],
});

describe('a Pass state', () => {
  it.each([
    ['its input', {}, { a: { b: 1 } }],
    ['its result, word for word', { Result: { 'x.$': '$.a' } }, { 'x.$': '$.a' }],
    ['a result of null', { Result: null }, null],
    ['its parameters', { Parameters: { 'b.$': '$.a.b' } }, { b: 1 }],
    ['a part of its input', { InputPath: '$.a' }, { b: 1 }],
    ['nothing of its input', { InputPath: null }, {}],
    [
      'its result within its raw input',
      { InputPath: '$.a', ResultPath: '$.c.d' },
      { a: { b: 1 }, c: { d: { b: 1 } } },
    ],
    ['its raw input without the result', { Result: 1, ResultPath: null }, { a: { b: 1 } }],
    ['a part of all that', { Result: 1, ResultPath: '$.a.c', OutputPath: '$.a' }, { b: 1, c: 1 }],
    ['nothing of all that', { OutputPath: null }, {}],
    [
      'the whole context',
      { InputPath: '$$', OutputPath: '$.StateMachine' },
      { Id: 'machine', Name: 'Orders' },
    ],
  ])('gives %s', async (_case, fields, output) => {
    expect(await run({ A: { Type: 'Pass', ...fields, End: true } }, { a: { b: 1 } })).toMatchObject({
      output,
    });
  });

  it('fails the execution where a path leads nowhere, and says which state', async () => {
    expect(await run({ A: { Type: 'Pass', OutputPath: '$.nope', End: true } })).toMatchObject({
      error: 'States.Runtime',
      explanation:
        "An error occurred while executing the state 'A' (entered at the event id #1). Invalid path '$.nope' : No results for path: $['nope']",
    });
  });
});

describe('a Task state', () => {
  it('shapes what goes in and what comes out', async () => {
    const seen: unknown[] = [];
    const task = call('Sum', {
      InputPath: '$.numbers',
      Parameters: { 'first.$': '$[0]', 'all.$': '$', 'state.$': '$$.State.Name' },
      ResultSelector: { 'value.$': '$.sum', 'whose.$': '$$.Execution.Id' },
      ResultPath: '$.result',
      OutputPath: '$.result.value',
    });
    const Sum = (payload: { all: number[] }) => {
      seen.push(payload);
      return { sum: payload.all.reduce((a, b) => a + b) };
    };

    expect(await run({ A: task }, { numbers: [1, 2] }, { Sum })).toMatchObject({ output: 3 });
    expect(seen).toEqual([{ first: 1, all: [1, 2], state: 'A' }]);
  });

  it.each([
    ['{"a": 1}', { a: 1 }],
    ['"text"', 'text'],
    ['[]', []],
    ['null', null],
    [{ a: 1 }, { a: 1 }],
    [7, 7],
    [null, {}],
  ])('gives lambda:invoke a payload of %j, of which a text is the request body', async (Payload, event) => {
    const task = {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      OutputPath: '$.Payload',
      End: true,
    };
    const Parameters = { FunctionName: 'Echo', Payload };

    expect(await run({ A: { ...task, Parameters } }, {}, { Echo: (payload) => ({ payload }) })).toMatchObject(
      {
        output: { payload: event },
      },
    );
  });

  it('fails with the error of Lambda when a text is no JSON', async () => {
    const Parameters = { FunctionName: 'Echo', Payload: 'text' };

    expect(
      await run({ A: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters, End: true } }),
    ).toMatchObject({
      error: 'Lambda.InvalidRequestContentException',
    });
  });

  it('gives a catcher the error, placed in the raw input, and no OutputPath', async () => {
    const task = call('Fail', {
      ...catchAll({ ResultPath: '$.failure' }),
      InputPath: '$.a',
      OutputPath: '$.nope',
    });

    expect(await run({ A: task, Caught: caught }, { a: 1 }, { Fail: () => fail('Declined') })).toMatchObject({
      output: {
        a: 1,
        failure: {
          Error: 'Declined',
          Cause: JSON.stringify({ errorType: 'Declined', errorMessage: 'Declined happened', trace: [] }),
        },
      },
    });
  });

  it('is caught by the first catcher that takes the error, after its retries', async () => {
    let calls = 0;
    const task = call('Fail', {
      Retry: [{ ErrorEquals: ['Declined'], MaxAttempts: 2 }],
      Catch: [
        { ErrorEquals: ['Other'], Next: 'Wrong' },
        { ErrorEquals: ['States.TaskFailed'], Next: 'Caught' },
        { ErrorEquals: ['States.ALL'], Next: 'Wrong' },
      ],
    });
    const Fail = () => {
      calls += 1;
      fail('Declined');
    };
    const { output, transitions } = await run(
      { A: task, Caught: caught, Wrong: { Type: 'Fail' } },
      {},
      { Fail },
    );

    expect(output).toMatchObject({ Error: 'Declined' });
    expect(calls).toBe(3);
    expect(transitions).toEqual(['A', 'A', 'A', 'Caught']);
  });

  it.each([['States.ALL'], ['States.Runtime'], ['States.TaskFailed']])(
    'lets %s catch no runtime error',
    async (name) => {
      const task = call('Ok', {
        ResultSelector: { 'a.$': '$.nope' },
        Catch: [{ ErrorEquals: [name], Next: 'Caught' }],
      });

      expect(await run({ A: task, Caught: caught }, {}, { Ok: () => ({}) })).toMatchObject({
        error: 'States.Runtime',
      });
    },
  );

  it('can catch a result that cannot be placed', async () => {
    const task = call('Ok', { ResultPath: '$.a', ...catchAll({ ResultPath: null }) });

    expect(await run({ A: task, Caught: caught }, 'text', { Ok: () => 1 })).toMatchObject({ output: 'text' });
  });
});

describe('a Choice state', () => {
  const choice = (more: object = {}) => ({
    Choose: { Type: 'Choice', Choices: [{ Variable: '$.id', IsPresent: false, Next: 'New' }], ...more },
    New: { Type: 'Succeed' },
  });

  it('goes where the first rule that matches leads', async () => {
    expect((await run(choice())).transitions).toEqual(['Choose', 'New']);
  });

  it('passes on its input as its paths select it', async () => {
    const paths = { InputPath: '$.order', OutputPath: '$.items' };

    expect(await run(choice(paths), { order: { items: [1] } })).toMatchObject({ output: [1] });
  });

  it('fails when no rule matches and there is no default', async () => {
    expect(await run(choice(), { id: 1 })).toMatchObject({
      error: 'States.NoChoiceMatched',
      explanation: expect.stringContaining('Failed to transition out of the state'),
    });
  });
});

describe('a Fail state', () => {
  it.each([
    [
      { Error: 'E', Cause: 'c' },
      { error: 'E', explanation: 'c' },
    ],
    [{}, { error: undefined, explanation: undefined }],
    [
      { ErrorPath: '$.e', CausePath: "States.Format('caused by {}', $.c)" },
      { error: 'mine', explanation: 'caused by it' },
    ],
    [{ ErrorPath: '$.nope' }, { error: 'States.Runtime' }],
    [{ CausePath: '$.n' }, { error: 'States.Runtime' }],
  ])('%j ends the execution', async (fields, expected) => {
    expect(await run({ A: { Type: 'Fail', ...fields } }, { e: 'mine', c: 'it', n: 1 })).toMatchObject(
      expected,
    );
  });
});

describe('a Parallel state', () => {
  const parallel = (more: object, ...branches: object[]) => ({
    Both: { Type: 'Parallel', Branches: branches.map(flow), End: true, ...more },
    Caught: caught,
  });

  it('gives each branch its input, and its outputs in the order of the branches', async () => {
    const states = {
      Both: {
        Type: 'Parallel',
        Parameters: { 'n.$': '$.a' },
        ResultSelector: { 'left.$': '$[0]', 'right.$': '$[1].state' },
        ResultPath: '$.both',
        Branches: [
          flow({ Slow: { Type: 'Wait', Seconds: 10, OutputPath: '$.n', End: true } }),
          flow({ Fast: { Type: 'Pass', Parameters: { 'state.$': '$$.State.Name' }, End: true } }),
        ],
        End: true,
      },
    };
    const { output, types } = await run(states, { a: 1 });

    expect(output).toEqual({ a: 1, both: { left: 1, right: 'Fast' } });
    expect(types.slice(0, 2)).toEqual(['ParallelStateEntered', 'ParallelStateStarted']);
    expect(types.slice(-2)).toEqual(['ParallelStateSucceeded', 'ParallelStateExited']);
  });

  it('ends its other branches with the first failure, which its catcher gets', async () => {
    let late = false;
    const states = parallel(
      catchAll(),
      { Bad: { Type: 'Fail', Error: 'E', Cause: 'c' } },
      { Long: { Type: 'Wait', Seconds: 1_000_000, Next: 'Late' }, Late: call('Late') },
    );
    const { output, types, transitions } = await run(states, {}, { Late: () => (late = true) });

    expect(output).toEqual({ Error: 'E', Cause: 'c' });
    expect(types).toContain('ParallelStateFailed');
    expect(transitions.sort()).toEqual(['Bad', 'Both', 'Caught', 'Long']);
    expect(late).toBe(false);
  });

  it('is retried as a whole, with a retry count that its own parameters see', async () => {
    const counts: unknown[] = [];
    const Try = ({ count }: { count: number }) => {
      counts.push(count);
      if (count < 2) fail('Flaky');
      return 'done';
    };
    const more = { Parameters: { 'count.$': '$$.State.RetryCount' }, Retry: [{ ErrorEquals: ['Flaky'] }] };
    const { output, types } = await run(
      { Both: { Type: 'Parallel', Branches: [flow({ Try: call('Try') })], End: true, ...more } },
      {},
      { Try },
    );

    expect(output).toEqual(['done']);
    expect(counts).toEqual([0, 1, 2]);
    expect(types.filter((type) => type === 'ParallelStateStarted')).toHaveLength(3);
  });

  it('cannot catch a runtime error of a branch, and names the state it is in', async () => {
    expect(
      await run(parallel(catchAll(), { Inner: { Type: 'Pass', InputPath: '$.nope', End: true } })),
    ).toMatchObject({
      error: 'States.Runtime',
      explanation: expect.stringContaining("executing the state 'Inner'"),
    });
  });

  it('can catch that no choice matched in a branch', async () => {
    const choose = { Type: 'Choice', Choices: [{ Variable: '$.x', IsPresent: true, Next: 'Ok' }] };

    expect(await run(parallel(catchAll(), { Choose: choose, Ok: { Type: 'Succeed' } }))).toMatchObject({
      output: { Error: 'States.NoChoiceMatched' },
    });
  });
});

describe('a Map state', () => {
  const map = (more: object, item: object = { Item: { Type: 'Pass', End: true } }) => ({
    Each: { Type: 'Map', ItemProcessor: flow(item), End: true, ...more },
    Caught: caught,
  });
  const only = ({ Each }: { Each: object }) => ({ Each });

  it('takes items from a path and gives each what its selector makes of it', async () => {
    const more = {
      InputPath: '$.detail',
      ItemsPath: '$.shipped',
      ItemSelector: {
        'index.$': '$$.Map.Item.Index',
        'parcel.$': '$$.Map.Item.Value',
        'courier.$': '$.partner',
      },
      ResultPath: '$.parcels',
    };
    const input = { detail: { partner: 'UQS', shipped: [{ id: 1 }, { id: 2 }] } };
    const parcels = [
      { index: 0, parcel: { id: 1 }, courier: 'UQS' },
      { index: 1, parcel: { id: 2 }, courier: 'UQS' },
    ];

    expect(await run(only(map(more)), input)).toMatchObject({ output: { ...input, parcels } });
  });

  it('runs a legacy iterator, whose parameters select', async () => {
    const { ItemProcessor: Iterator, ...more } = map({ Parameters: { 'v.$': '$$.Map.Item.Value' } }).Each as {
      ItemProcessor: object;
    };

    expect(await run({ Each: { ...more, Iterator } }, [1, 2])).toMatchObject({
      output: [{ v: 1 }, { v: 2 }],
    });
  });

  it('gives states in it their own context and the item, also of the inner of two maps', async () => {
    const inner = {
      Inner: {
        Type: 'Map',
        ItemProcessor: flow({
          Look: {
            Type: 'Pass',
            Parameters: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value', 's.$': '$$.State.Name' },
            End: true,
          },
        }),
        End: true,
      },
    };

    expect(await run(only(map({}, inner)), [['a', 'b'], ['c']])).toMatchObject({
      output: [
        [
          { i: 0, v: 'a', s: 'Look' },
          { i: 1, v: 'b', s: 'Look' },
        ],
        [{ i: 0, v: 'c', s: 'Look' }],
      ],
    });
  });

  it.each([
    [1, 1],
    [2, 2],
    [0, 40],
    [100, 40],
  ])('with a MaxConcurrency of %d runs %d iterations at once', async (MaxConcurrency, expected) => {
    let running = 0;
    let most = 0;
    const Work = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
    };
    const items = Array.from({ length: 50 }, (_, i) => i);
    const { output } = await run(only(map({ MaxConcurrency }, { Work: call('Work') })), items, { Work });

    expect(output).toHaveLength(50);
    expect(most).toBe(expected);
  });

  it('records its iterations, and ends the others with the first failure', async () => {
    const item = {
      Choose: { Type: 'Choice', Choices: [{ Variable: '$', NumericEquals: 2, Next: 'Bad' }], Default: 'Ok' },
      Bad: { Type: 'Fail', Error: 'Two' },
      Ok: { Type: 'Succeed' },
    };
    const { output, types } = await run(map({ MaxConcurrency: 1, ...catchAll() }, item), [1, 2, 3]);

    expect(output).toEqual({ Error: 'Two' });
    expect(types.filter((type) => type.startsWith('Map'))).toEqual([
      'MapStateEntered',
      'MapStateStarted',
      'MapIterationStarted',
      'MapIterationSucceeded',
      'MapIterationStarted',
      'MapIterationFailed',
      'MapStateFailed',
      'MapStateExited',
    ]);
  });

  it('gives no outputs for no items, and fails on what is no array', async () => {
    expect(await run(only(map({})), [])).toMatchObject({ output: [] });
    expect(await run(map({ ItemsPath: '$.a', ...catchAll() }), { a: {} })).toMatchObject({
      error: 'States.Runtime',
      explanation: expect.stringContaining('Reference path "$.a" must point to array.'),
    });
  });
});
