import { describe, expect, it } from '@jest/globals';
import { createFaults, type FaultRequest } from '../../src/faults/faults.ts';

const update = { kind: 'api', name: 'dynamodb:UpdateItem' } as const;
const payment = { kind: 'lambda', name: 'Orders/Workflow/OrderPayment/Function/Resource' } as const;

const faultsOf = (seed: number) =>
  createFaults(seed, () => ({
    functions: [payment.name, 'Accepted/Status/Function/Resource', 'Accepted/Accept/Function/Resource'],
    services: ['dynamodb', 'ses'],
  }));

describe('faults', () => {
  it('strike as often as they were asked to', () => {
    const faults = faultsOf(1);
    faults.add({ target: 'dynamodb:UpdateItem', effect: 'slow', times: 2, ms: 40 });

    const struck = [1, 2, 3].map(() => faults.strike(update));

    expect(struck).toEqual([{ effect: 'slow', ms: 40 }, { effect: 'slow', ms: 40 }, undefined]);
  });

  it('find a function by part of its construct path, without case and dashes', () => {
    const faults = faultsOf(1);
    faults.add({ target: 'lambda:order-payment', effect: 'error' });

    expect(faults.strike(payment)).toMatchObject({ effect: 'error' });
    expect(faults.strike({ kind: 'lambda', name: 'Orders/Accept/Function' })).toBeUndefined();
  });

  it('do not take the name of the stack for that of a function', () => {
    const faults = faultsOf(1);
    faults.add({ target: 'lambda:accept', effect: 'error' });

    expect(faults.strike({ kind: 'lambda', name: 'Accepted/Status/Function/Resource' })).toBeUndefined();
    expect(faults.strike({ kind: 'lambda', name: 'Accepted/Accept/Function/Resource' })).toBeDefined();
  });

  it('find exactly the operation they name', () => {
    const faults = faultsOf(1);
    faults.add({ target: 'dynamodb:Update', effect: 'error' });
    faults.add({ target: 'stream', effect: 'duplicate' });

    expect(faults.strike(update)).toBeUndefined();
    expect(faults.strike({ kind: 'stream', name: 'jobs' })).toMatchObject({ effect: 'duplicate' });
  });

  it('strike the same calls again with the same seed', () => {
    const strikes = (seed: number) => {
      const faults = faultsOf(seed);
      faults.add({ target: 'dynamodb:UpdateItem', effect: 'error', probability: 0.3 });
      return Array.from({ length: 1000 }, () => faults.strike(update) !== undefined);
    };

    expect(strikes(7)).toEqual(strikes(7));
    expect(strikes(7)).not.toEqual(strikes(8));
    const share = strikes(7).filter(Boolean).length / 1000;
    expect(share).toBeGreaterThan(0.25);
    expect(share).toBeLessThan(0.35);
  });

  it('with a quota strike only the calls that exceed it', () => {
    const faults = faultsOf(1);
    // Nothing is filled while the test runs.
    faults.add({ target: 'dynamodb:UpdateItem', effect: 'throttle', perSecond: 0.001 });

    const struck = [1, 2, 3].map(() => faults.strike(update)?.effect);

    expect(struck).toEqual([undefined, 'throttle', 'throttle']);
  });

  it('are counted by target and effect, also after they are gone', () => {
    const faults = faultsOf(1);
    faults.add({ target: 'dynamodb:UpdateItem', effect: 'error', times: 2 });
    faults.add({ target: 'lambda:payment', effect: 'crash-after', times: 1 });

    for (const target of [update, update, update, payment]) faults.strike(target);
    faults.clear();

    expect(faults.struck()).toEqual({ 'dynamodb:UpdateItem: error': 2, 'lambda:payment: crash-after': 1 });
  });

  it('are gone when cleared', () => {
    const faults = faultsOf(1);
    faults.add({ target: 'socket', effect: 'drop' });

    faults.clear();

    expect(faults.strike({ kind: 'socket', name: '' })).toBeUndefined();
  });

  it.each<[string, FaultRequest, RegExp]>([
    ['a target', { target: 'payment', effect: 'error' }, /target is "payment"; allowed: lambda:<part/],
    [
      'a function',
      { target: 'lambda:paymint', effect: 'error' },
      /^target lambda:paymint is part of no function's path; functions: Orders/,
    ],
    [
      'a function by the name of the stack',
      { target: 'lambda:orders', effect: 'error' },
      /is part of no function's path/,
    ],
    [
      'a service',
      { target: 'dynamo:PutItem', effect: 'error' },
      /^target dynamo:PutItem names no service; services: dynamodb, ses/,
    ],
    [
      'an effect',
      { target: 'stream', effect: 'crash' },
      /effect of stream is "crash"; allowed: duplicate, delay/,
    ],
    ['times', { target: 'socket', effect: 'drop', times: 0 }, /times is 0; allowed: a whole number from 1/],
    ['a probability', { target: 'socket', effect: 'drop', probability: 2 }, /probability is 2; allowed/],
    [
      'a quota',
      { target: 'socket', effect: 'drop', perSecond: 0 },
      /perSecond is 0; allowed: a number above 0/,
    ],
    ['slow without ms', { target: 'ses:SendEmail', effect: 'slow' }, /effect slow needs ms/],
    [
      'an unknown member',
      { target: 'socket', effect: 'drop', time: 1 } as FaultRequest,
      /time is not a member/,
    ],
  ])('refuse %s they do not know', (_, request, expected) => {
    expect(() => faultsOf(1).add(request)).toThrow(expected);
  });
});
