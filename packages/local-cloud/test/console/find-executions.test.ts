import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findExecutions } from '../../src/console/find-executions.ts';
import { createExecutionStore, type ExecutionStore } from '../../src/states/execution-store.ts';
import { type Executions, executionArn } from '../../src/states/executions.ts';
import type { Express } from '../../src/states/express.ts';
import type { Machine } from '../../src/states/machine.ts';
import { machineArn, statesApi } from '../../src/states/states-api.ts';
import type { AwsService } from '../../src/wire/aws-service.ts';

let store: ExecutionStore;
let states: AwsService;

const orders = machineArn('Orders');
const mails = machineArn('Mails');

const machineOf = (arn: string, name: string): [string, Machine] => [
  arn,
  { arn, name, created: 0, type: 'STANDARD' } as Machine,
];

/** 20,000 executions of orders, a millisecond apart; every thousandth also has one of mails, and has failed. */
beforeAll(async () => {
  store = createExecutionStore();
  const machines = new Map([machineOf(orders, 'Orders'), machineOf(mails, 'Mails')]);
  states = statesApi(machines, { store } as unknown as Executions, {} as Express);
  for (let n = 1; n <= 20_000; n += 1) {
    store.start(executionArn('Orders', `order-${n}`), orders, 1, `order-${n}`, '{}', n);
    if (n % 1000 !== 0) continue;
    store.start(executionArn('Mails', `mail-${n}`), mails, 1, `mail-${n}`, '{}', n);
    store.end(store.find(executionArn('Mails', `mail-${n}`))?.seq ?? 0, n + 1, 'FAILED', null, null, null);
  }
  await store.committed();
});
afterAll(() => store.close());

const namesOf = async (query: Parameters<typeof findExecutions>[1]) =>
  (await findExecutions(states, query)).executions.map(({ name }) => name);

describe('finding executions', () => {
  it('gives the newest of all state machines first', async () => {
    expect(await namesOf({ maxResults: '4' })).toEqual([
      'order-20000',
      'mail-20000',
      'order-19999',
      'order-19998',
    ]);
  });

  it('turns 20,000 pages without a gap or a repetition, also when there are new ones meanwhile', async () => {
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await findExecutions(states, { maxResults: '1000', ...(nextToken && { nextToken }) });
      found.push(...page.executions.map(({ name }) => name));
      nextToken = page.nextToken;
      const late = `late-${found.length}`;
      store.start(executionArn('Mails', late), mails, 1, late, '{}', 30_000 + found.length);
    } while (nextToken);

    expect(found).toHaveLength(20_020);
    expect(new Set(found).size).toBe(20_020);
  });

  it('finds part of a name in any case, however old', async () => {
    expect(await namesOf({ search: ' ORDER-77 ', maxResults: '2' })).toEqual(['order-7799', 'order-7798']);
    expect(await namesOf({ search: 'order-1', maxResults: '1', stateMachineArn: mails })).toEqual([]);
  });

  it('finds by status and state machine', async () => {
    const failed = await findExecutions(states, { statusFilter: 'FAILED', maxResults: '500' });

    expect(failed.executions).not.toHaveLength(0);
    expect(new Set(failed.executions.map(({ status }) => status))).toEqual(new Set(['FAILED']));
    expect(await namesOf({ stateMachineArn: mails, search: 'mail-', maxResults: '2' })).toEqual([
      'mail-20000',
      'mail-19000',
    ]);
  });

  it('refuses a status that there is not, as ListExecutions does', async () => {
    await expect(findExecutions(states, { statusFilter: 'BROKEN' })).rejects.toThrow('statusFilter');
  });
});
