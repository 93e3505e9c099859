import { describe, expect, it } from '@jest/globals';
import { parseDefinition } from '../../src/states/state-machine-definition.ts';

const arn = 'arn:aws:lambda:us-east-1:000000000000:function:Do';
const end = { Type: 'Succeed' };
const one = (state: object) => ({ StartAt: 'A', States: { A: state } });
const task = (more: object) => one({ Type: 'Task', Resource: arn, End: true, ...more });
const map = (more: object) =>
  one({ Type: 'Map', ItemProcessor: { StartAt: 'I', States: { I: end } }, End: true, ...more });
const retry = (...retriers: object[]) => task({ Retry: retriers });

describe('a definition', () => {
  it('takes all types of states, with the defaults of AWS', () => {
    const flow = (name: string) => ({ StartAt: name, States: { [name]: end } });
    const { States } = parseDefinition(
      JSON.stringify({
        StartAt: 'Task',
        Comment: 'all',
        Version: '1.0',
        TimeoutSeconds: 60,
        QueryLanguage: 'JSONPath',
        States: {
          Task: { Type: 'Task', Resource: arn, Retry: [{ ErrorEquals: ['States.ALL'] }], Next: 'Map' },
          Map: {
            Type: 'Map',
            Iterator: { ...flow('Item'), ProcessorConfig: { Mode: 'INLINE' } },
            Parameters: { 'a.$': '$$.Map.Item.Value' },
            Next: 'Parallel',
          },
          Parallel: { Type: 'Parallel', Branches: [flow('Left'), flow('Right')], Next: 'Choice' },
          Choice: {
            Type: 'Choice',
            Choices: [{ Variable: '$[0]', IsNull: true, Next: 'Wait' }],
            Default: 'Fail',
          },
          Wait: { Type: 'Wait', Seconds: 0, Next: 'Pass' },
          Pass: { Type: 'Pass', Result: { 'not.$': 'a template' }, InputPath: null, End: true },
          Fail: { Type: 'Fail', ErrorPath: '$.error', CausePath: "States.Format('{}', $.cause)" },
        },
      }),
    );

    const { Task, Pass } = States;
    expect(Task).toMatchObject({
      Retry: [{ IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2, JitterStrategy: 'NONE' }],
    });
    expect(Pass).toMatchObject({ Result: { 'not.$': 'a template' }, InputPath: null });
  });

  it.each([
    ['no states', { StartAt: 'A' }, 'the definition: States'],
    ['a start that is not there', { StartAt: 'B', States: { A: end } }, 'StartAt is "B"'],
    [
      'JSONata',
      { ...one(end), QueryLanguage: 'JSONata' },
      'QueryLanguage: the local cloud has JSONPath only',
    ],
    [
      'JSONata in a state',
      one({ ...end, QueryLanguage: 'JSONata' }),
      'state "A": QueryLanguage: the local cloud has JSONPath only',
    ],
    ['a type that is none', one({ Type: 'Loop' }), 'state "A": Type'],
    ['variables', task({ Assign: { 'x.$': '$.y' } }), 'state "A": the local cloud does not have Assign'],
    [
      'heartbeats',
      task({ HeartbeatSeconds: 5 }),
      'state "A": the local cloud does not have HeartbeatSeconds',
    ],
    ['timeouts by path', task({ TimeoutSecondsPath: '$.t' }), 'does not have TimeoutSecondsPath'],
    ['credentials', task({ Credentials: {} }), 'does not have Credentials'],
    ['JSONata arguments', task({ Arguments: {} }), 'does not have Arguments'],
    [
      'task tokens',
      task({ Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }),
      'state "A": Resource: the local cloud has only',
    ],
    [
      'other services',
      task({ Resource: 'arn:aws:states:::sqs:sendMessage' }),
      'not arn:aws:states:::sqs:sendMessage',
    ],
    ['jobs', task({ Resource: 'arn:aws:states:::ecs:runTask.sync' }), 'the local cloud has only'],
    [
      'activities',
      task({ Resource: 'arn:aws:states:us-east-1:000000000000:activity:a' }),
      'the local cloud has only',
    ],
    [
      'asynchronous invocations',
      task({
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { FunctionName: 'f', InvocationType: 'Event' },
      }),
      'state "A": the local cloud does not have the parameters InvocationType',
    ],
    ['no time to work', task({ TimeoutSeconds: 0 }), 'state "A": TimeoutSeconds'],
    [
      'distributed maps',
      map({ ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'I', States: { I: end } } }),
      'INLINE maps only',
    ],
    [
      'distributed legacy maps',
      map({
        ItemProcessor: undefined,
        Iterator: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'I', States: { I: end } },
      }),
      'INLINE maps only',
    ],
    ['item readers', map({ ItemReader: {} }), 'does not have ItemReader'],
    ['tolerated failures', map({ ToleratedFailureCount: 1 }), 'does not have ToleratedFailureCount'],
    ['concurrency by path', map({ MaxConcurrencyPath: '$.n' }), 'does not have MaxConcurrencyPath'],
    [
      'two processors',
      map({ Iterator: { StartAt: 'J', States: { J: end } } }),
      'has ItemProcessor and Iterator',
    ],
    ['two selectors', map({ ItemSelector: {}, Parameters: {} }), 'has ItemSelector and Parameters'],
    [
      'many items paths',
      map({ ItemsPath: '$.a[*]' }),
      'ItemsPath: the path $.a[*] can lead to more than one value',
    ],
    [
      'filters',
      one({ ...end, InputPath: '$.a[?(@.b)]' }),
      'state "A": InputPath: the path $.a[?(@.b)] is not supported',
    ],
    ['results in arrays', task({ ResultPath: '$.a[0]' }), 'ResultPath: a result cannot be placed at $.a[0]'],
    [
      'unknown functions',
      task({ Parameters: { 'a.$': 'States.Nope()' } }),
      'Parameters: States.Nope() is neither',
    ],
    ['a template that is none', task({ ResultSelector: '$.a' }), 'state "A": ResultSelector'],
    ['where to go', one({ Type: 'Pass' }), 'has none of Next, End; allowed is one'],
    ['two ways to go', one({ Type: 'Pass', Next: 'A', End: true }), 'has Next and End of Next, End'],
    [
      'a state that is not there',
      one({ Type: 'Pass', Next: 'B' }),
      'state "A": leads to "B", which is not beside it',
    ],
    ['a catcher to nowhere', task({ Catch: [{ ErrorEquals: ['E'], Next: 'B' }] }), 'leads to "B"'],
    ['no way to a state', { StartAt: 'A', States: { A: end, B: end } }, 'state "B": no state leads to it'],
    ['no end', one({ Type: 'Pass', Next: 'A' }), 'no state ends'],
    [
      'a branch to outside',
      {
        StartAt: 'A',
        States: {
          A: {
            Type: 'Parallel',
            Branches: [{ StartAt: 'C', States: { C: { Type: 'Pass', Next: 'B' } } }],
            Next: 'B',
          },
          B: end,
        },
      },
      'state "C": leads to "B"',
    ],
    [
      'the same name twice',
      one({ Type: 'Parallel', Branches: [one(end)], End: true }),
      'state "A": another state has this name',
    ],
    ['long names', { StartAt: 'x'.repeat(81), States: { ['x'.repeat(81)]: end } }, 'at most 80 characters'],
    ['no choices', one({ Type: 'Choice', Choices: [] }), 'state "A": Choices'],
    [
      'a choice without Next',
      one({ Type: 'Choice', Choices: [{ Variable: '$', IsNull: true }] }),
      'state "A": Choices.0.Next',
    ],
    [
      'a choice of two operators',
      one({ Type: 'Choice', Choices: [{ Variable: '$', IsNull: true, IsString: true, Next: 'A' }] }),
      'a rule has one operator',
    ],
    [
      'a choice that ends',
      one({ Type: 'Choice', Choices: [{ Variable: '$', IsNull: true, Next: 'A' }], End: true }),
      'does not have End',
    ],
    ['States.ALL with others', retry({ ErrorEquals: ['States.ALL', 'E'] }), 'States.ALL needs to be alone'],
    [
      'States.ALL before others',
      retry({ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['E'] }),
      'in the last entry',
    ],
    ['a retrier for nothing', retry({ ErrorEquals: [] }), 'state "A": Retry.0.ErrorEquals'],
    [
      'a shrinking backoff',
      retry({ ErrorEquals: ['E'], BackoffRate: 0.5 }),
      'state "A": Retry.0.BackoffRate',
    ],
    [
      'an interval of nothing',
      retry({ ErrorEquals: ['E'], IntervalSeconds: 0 }),
      'state "A": Retry.0.IntervalSeconds',
    ],
    [
      'an unknown jitter',
      retry({ ErrorEquals: ['E'], JitterStrategy: 'HALF' }),
      'state "A": Retry.0.JitterStrategy',
    ],
    ['no time to wait for', one({ Type: 'Wait', End: true }), 'has none of Seconds'],
    ['a negative wait', one({ Type: 'Wait', Seconds: -1, End: true }), 'state "A": Seconds'],
    [
      'a wait without a zone',
      one({ Type: 'Wait', Timestamp: '2016-08-18T17:33:00', End: true }),
      'Timestamp: needs an RFC 3339 time',
    ],
    [
      'a failure with two causes',
      one({ Type: 'Fail', Cause: 'c', CausePath: '$.c' }),
      'has Cause and CausePath',
    ],
    ['a failure that goes on', one({ Type: 'Fail', Next: 'A' }), 'does not have Next'],
    [
      'a cause that is no text',
      one({ Type: 'Fail', CausePath: 'States.UUID(1)' }),
      'too few or many arguments',
    ],
  ])('is refused in one line when it has %s', (_case, definition, message) => {
    const parse = () => parseDefinition(JSON.stringify(definition));

    expect(parse).toThrow(message);
    expect(parse).not.toThrow('\n');
  });
});
