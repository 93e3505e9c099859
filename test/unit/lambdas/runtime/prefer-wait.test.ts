import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { preferredWait } from '../../../../lambdas/runtime/prefer-wait.ts';

describe('the preferred wait', () => {
  it.each([
    ['wait=5', 5],
    ['Wait = 5', 5],
    ['wait="5"', 5],
    ['respond-async, wait=5', 5],
    ['wait=5; foo=bar', 5],
    ['return=minimal,wait=5,handling=lenient', 5],
    ['foo="a, wait=9", wait=5', 5],
    ['foo="a\\", wait=9", wait=5', 5],
  ])('of %j is %i', (prefer, seconds) => {
    expect(preferredWait(prefer, 20)).toBe(seconds);
  });

  it('is the first of several', () => {
    expect(preferredWait('wait=5, wait=6', 20)).toBe(5);
    expect(preferredWait('wait=soon, wait=6', 20)).toBe(0);
  });

  it.each(['wait=21', 'wait=999999999'])('is the longest that is allowed for %j', (prefer) => {
    expect(preferredWait(prefer, 20)).toBe(20);
  });

  it.each([
    undefined,
    '',
    'wait',
    'wait=',
    'wait=-1',
    'wait=1.5',
    'wait=1e1',
    'wait=0x5',
    'wait=5s',
    'wait=99999999999999999999',
    'waiting=5',
    'dont-wait=5',
    'wait=0',
    'foo="wait=5"',
    'foo="',
  ])('is none for %j', (prefer) => {
    expect(preferredWait(prefer, 20)).toBe(0);
  });

  it('is a whole number within the limit, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'wait=,;" \\19x') }), (prefer) => {
        const seconds = preferredWait(prefer, 20);
        expect(Number.isInteger(seconds) && seconds >= 0 && seconds <= 20).toBe(true);
      }),
    );
  });
});
