import { describe, expect, it } from '@jest/globals';
import { validate } from '../../../../lambdas/stages/validation.ts';
import { anOrderRecord } from '../../../support/builders.ts';

describe('validation', () => {
  it.each(['EUR', 'USD', 'JPY', 'TND'])('passes an order in %s', async (currency) => {
    await expect(validate(anOrderRecord({ currency }))).resolves.toBeUndefined();
  });

  it.each(['ZZZ', 'ABC'])('refuses an order in %s, which is no currency', async (currency) => {
    await expect(validate(anOrderRecord({ currency }))).rejects.toMatchObject({
      name: 'OrderRefused',
      code: 'unknown_currency',
    });
  });
});
