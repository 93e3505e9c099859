import { afterEach, describe, expect, it } from '@jest/globals';
import { createExecutionStore, type ExecutionStore } from '../../src/states/execution-store.ts';

const kept = 40;
let store: ExecutionStore;
afterEach(() => store.close());

/** Runs executions from their start to their end, one after the other. */
function run(names: readonly string[], status: string, output: string | null): void {
  for (const [at, name] of names.entries()) {
    store.start(name, 'orders', 1, name, '{}', at);
    const seq = store.find(name)?.seq ?? 0;
    store.append(seq, 1, JSON.stringify({ type: 'ExecutionStarted' }));
    store.end(seq, at, status, output, null, null);
  }
}

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('the store of executions', () => {
  it('forgets the oldest successful executions and their histories when there are too many', () => {
    store = createExecutionStore('', kept);
    const first = 1;

    run(names('order', kept + 5), 'SUCCEEDED', 'null');

    expect(store.find('order0')).toBeUndefined();
    expect(store.events(first, 1, 0, 10)).toEqual([]);
    expect(store.find(`order${kept + 4}`)).toBeDefined();
    expect(store.list('orders', null, Number.MAX_SAFE_INTEGER, 100)).toHaveLength(kept);
  });

  it('keeps what failed, so that it can be redriven, while successful ones can go', () => {
    store = createExecutionStore('', kept);
    run(['failed'], 'FAILED', null);

    run(names('order', kept + 5), 'SUCCEEDED', 'null');

    expect(store.find('failed')).toMatchObject({ status: 'FAILED' });
  });
});
