import { afterEach, describe, expect, it } from '@jest/globals';
import { environmentOf } from '../../../../lambdas/runtime/environment.ts';

const present = { ...process.env };
afterEach(() => {
  process.env = { ...present };
});

describe('the variables of a function', () => {
  it('are its own and no others', () => {
    expect(environmentOf('api/order')).toEqual({ ORDERS_TABLE: 'orders' });
  });

  it('have their type', () => {
    expect(environmentOf('api/accept').JOB_RETENTION_DAYS).toBe(30);
  });

  it.each([
    ['is missing', undefined],
    ['is empty', ''],
  ])('are refused when one %s', (_, value) => {
    const { ORDERS_TABLE: _unset, ...others } = present;
    process.env = value === undefined ? others : { ...others, ORDERS_TABLE: value };

    expect(() => environmentOf('api/order')).toThrow('ORDERS_TABLE');
  });

  it.each(['NaN', '-1', '1.5', '0', 'thirty'])('are refused when a number of days is %s', (days) => {
    Object.assign(process.env, { JOB_RETENTION_DAYS: days });

    expect(() => environmentOf('api/accept')).toThrow('JOB_RETENTION_DAYS');
  });

  it('of a stage without variables of its own are those of every stage', () => {
    expect(Object.keys(environmentOf('stages/validation')).sort()).toEqual([
      'JOBS_TABLE',
      'ORDERS_TABLE',
      'STATISTICS_TABLE',
    ]);
  });

  it('are refused when a choice is none of the allowed ones', () => {
    Object.assign(process.env, { PAYMENT_PROVIDER: 'cash' });

    expect(() => environmentOf('stages/payment')).toThrow('PAYMENT_PROVIDER');
  });

  it.each([
    ['sandbox', 'LEDGER_TABLE'],
    ['stripe', 'STRIPE_SECRET_ARN'],
  ])('are refused when the payment provider %s has no %s', (provider, variable) => {
    Object.assign(process.env, { PAYMENT_PROVIDER: provider });
    delete process.env[variable];

    expect(() => environmentOf('stages/payment')).toThrow(variable);
  });
});
