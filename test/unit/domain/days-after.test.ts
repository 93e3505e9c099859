import { expect, it } from '@jest/globals';
import { daysAfter } from '../../../domain/days-after.ts';

it('counts days of 24 hours', () => {
  expect(daysAfter(new Date('2026-03-28T12:00:00.000Z'), 2).toISOString()).toBe('2026-03-30T12:00:00.000Z');
});
