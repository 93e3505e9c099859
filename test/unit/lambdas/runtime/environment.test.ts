import { afterEach, describe, expect, it } from '@jest/globals';
import { environmentOf } from '../../../../lambdas/runtime/environment.ts';

const present = { ...process.env };
afterEach(() => {
  process.env = { ...present };
});

describe('the variables of a function', () => {
  it('are its own and no others', () => {
    expect(environmentOf('order')).toEqual({ ORDERS_TABLE: 'orders' });
  });

  it('have their type', () => {
    expect(environmentOf('accept').JOB_RETENTION_DAYS).toBe(30);
  });

  it.each([
    ['is missing', undefined],
    ['is empty', ''],
  ])('are refused when one %s', (_, value) => {
    const { ORDERS_TABLE: _unset, ...others } = present;
    process.env = value === undefined ? others : { ...others, ORDERS_TABLE: value };

    expect(() => environmentOf('order')).toThrow('ORDERS_TABLE');
  });

  it('are refused when a choice is none of the allowed ones', () => {
    Object.assign(process.env, { PAYMENT_PROVIDER: 'cash' });

    expect(() => environmentOf('payment')).toThrow('PAYMENT_PROVIDER');
  });
});
