import { describe, expect, it } from '@jest/globals';
import { assertChargeable } from '../../../../lambdas/adapters/assert-chargeable.ts';

describe('the sandbox takes the amounts that Stripe takes', () => {
  it.each([
    ['the smallest charge in euros', 50, 'EUR'],
    ['the largest charge in euros', 99_999_999, 'EUR'],
    ['the smallest charge in yen', 50, 'JPY'],
    ['twelve digits in rupiah', 999_999_999_999, 'IDR'],
    ['whole hundredths of a dinar', 1_230, 'KWD'],
    ['whole ariary', 100, 'MGA'],
    ['any amount in a currency without a limit of its own', 1, 'ZAR'],
  ])('%s', (_, amount, currency) => {
    expect(() => assertChargeable(amount, currency)).not.toThrow();
  });

  it.each([
    ['less than the smallest charge in euros', 49, 'EUR'],
    ['more than eight digits', 100_000_000, 'EUR'],
    ['more than eight digits in Stripe’s unit', 1_000_000, 'ISK'],
    ['more than twelve digits in rupiah', 1_000_000_000_000, 'IDR'],
    ['thousandths of a dinar', 1_234, 'KWD'],
    ['parts of an ariary', 150, 'MGA'],
    ['a currency in which Stripe does not charge', 1_000, 'IQD'],
  ])('but not %s', (_, amount, currency) => {
    expect(() => assertChargeable(amount, currency)).toThrow(
      expect.objectContaining({ name: 'OrderRefused', code: 'unsupported_amount' }),
    );
  });
});
