import { describe, expect, it } from '@jest/globals';
import { executionPath, type HistoryEvent, retriesOf } from '../../src/console/page/execution-path.ts';
import { type Flow, transitionKey } from '../../src/console/page/state-machine.ts';

const pay = 'arn:aws:lambda:us-east-1:000000000000:function:Pay';
const pack = 'arn:aws:lambda:us-east-1:000000000000:function:Pack';
const weigh = 'arn:aws:lambda:us-east-1:000000000000:function:Weigh';

const machine: Flow = {
  StartAt: 'Pay',
  States: {
    Pay: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: pay },
      Catch: [{ ErrorEquals: ['Declined'], Next: 'Refuse' }],
      Next: 'Prepare',
    },
    Prepare: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Pack', States: { Pack: { Type: 'Task', Resource: pack } } },
        { StartAt: 'Weigh', States: { Weigh: { Type: 'Task', Resource: weigh } } },
      ],
    },
    Refuse: { Type: 'Fail' },
  },
};

/** A history of events, `[type, details]` each. */
const history = (...events: readonly (readonly [type: string, details?: object])[]): HistoryEvent[] =>
  events.map(([type, details], index) => ({
    id: index + 1,
    type,
    timestamp: index,
    someEventDetails: details ?? {},
  }));

const entered = (name: string) => ['TaskStateEntered', { name, input: `"to ${name}"` }] as const;
const exited = (name: string) => ['TaskStateExited', { name, output: `"of ${name}"` }] as const;
const invoked = (FunctionName: string) =>
  ['TaskScheduled', { parameters: JSON.stringify({ FunctionName }) }] as const;
const failed = (error: string) => ['TaskFailed', { error, cause: 'because' }] as const;

describe('the path of an execution', () => {
  it('has the states with their data, and the transitions between them', () => {
    const { states, transitions } = executionPath(
      machine,
      history(entered('Pay'), invoked(pay), ['TaskSucceeded'], exited('Pay'), [
        'ParallelStateEntered',
        { name: 'Prepare' },
      ]),
    );

    expect(states.get('Pay')).toMatchObject({ status: 'Succeeded', input: '"to Pay"', output: '"of Pay"' });
    expect(states.get('Prepare')?.status).toBe('In progress');
    expect(states.has('Refuse')).toBe(false);
    expect([...transitions]).toEqual([transitionKey({ from: 'Pay', to: 'Prepare' })]);
  });

  it('counts the retries of a state', () => {
    const { states } = executionPath(
      machine,
      history(
        entered('Pay'),
        invoked(pay),
        failed('Busy'),
        invoked(pay),
        failed('Busy'),
        invoked(pay),
        exited('Pay'),
      ),
    );

    expect(retriesOf(states.get('Pay') ?? { status: 'Failed', visits: 0, attempts: 0 })).toBe(2);
    expect(states.get('Pay')?.status).toBe('Succeeded');
  });

  it('tells a caught error from a success', () => {
    const { states, transitions } = executionPath(
      machine,
      history(entered('Pay'), invoked(pay), failed('Declined'), exited('Pay'), [
        'FailStateEntered',
        { name: 'Refuse' },
      ]),
    );

    expect(states.get('Pay')).toMatchObject({ status: 'Caught error', error: 'Declined', cause: 'because' });
    expect([...transitions]).toEqual([transitionKey({ from: 'Pay', to: 'Refuse' })]);
  });

  it('names the state that failed, and shows it in progress after a redrive', () => {
    const events = [
      entered('Pay'),
      invoked(pay),
      failed('Broken'),
      ['ExecutionFailed', { error: 'Broken' }],
    ] as const;

    expect(executionPath(machine, history(...events)).states.get('Pay')).toMatchObject({
      status: 'Failed',
      error: 'Broken',
    });
    const redriven = executionPath(machine, history(...events, ['ExecutionRedriven'], invoked(pay)));
    expect(redriven.states.get('Pay')).toMatchObject({ status: 'In progress', attempts: 2, visits: 1 });
  });

  it('gives calls of parallel branches to the state of their function', () => {
    const call = (resource: string) => ['LambdaFunctionScheduled', { resource }] as const;
    const { states, stateOf } = executionPath(
      machine,
      history(
        ['ParallelStateEntered', { name: 'Prepare' }],
        entered('Pack'),
        entered('Weigh'),
        call(pack),
        call(weigh),
        call(pack),
      ),
    );

    expect([states.get('Pack')?.attempts, states.get('Weigh')?.attempts]).toEqual([2, 1]);
    expect([4, 5, 6].map((id) => stateOf.get(id))).toEqual(['Pack', 'Weigh', 'Pack']);
  });

  it('marks what was cut off as cancelled', () => {
    const { states } = executionPath(machine, history(entered('Pay'), invoked(pay), ['ExecutionAborted']));

    expect(states.get('Pay')?.status).toBe('Cancelled');
  });
});
