import { describe, expect, it } from '@jest/globals';
import { flag, integer, oneOf, textLike } from '../../src/cloudformation/property.ts';

describe('a property', () => {
  it.each([
    ['a boolean', () => flag({ On: true }, 'On'), true],
    ['a boolean as text', () => flag({ On: 'false' }, 'On', true), false],
    ['a boolean that is left out', () => flag({}, 'On', true), true],
    ['a number', () => integer({ Size: 5 }, 'Size', { min: 1, max: 9 }), 5],
    ['a number as text', () => integer({ Size: '5' }, 'Size', { min: 1, max: 9 }), 5],
    ['a number that is left out', () => integer({}, 'Size', { fallback: 3, min: 1, max: 9 }), 3],
    ['one of a few texts', () => oneOf({ Kind: 'a' }, 'Kind', ['a', 'b']), 'a'],
    ['a text of a form', () => textLike({ Name: 'ab' }, 'Name', /^\w+$/, 'letters'), 'ab'],
  ])('is read as %s', (_, read, expected) => {
    expect(read()).toBe(expected);
  });

  it.each([
    ['a boolean', () => flag({ On: 'yes' }, 'On'), 'On is "yes"; allowed: true, false'],
    [
      'a number',
      () => integer({ Size: 'ten' }, 'Size', { min: 1, max: 9 }),
      'Size is "ten"; allowed: 1 to 9',
    ],
    ['a whole number', () => integer({ Size: 1.5 }, 'Size', { min: 1, max: 9 }), 'Size is 1.5'],
    ['a number, not a list', () => integer({ Size: [5] }, 'Size', { min: 1, max: 9 }), 'Size is [5]'],
    ['a number, not true', () => integer({ Size: true }, 'Size', { min: 1, max: 9 }), 'Size is true'],
    ['a number within bounds', () => integer({ Size: 10 }, 'Size', { min: 1, max: 9 }), 'Size is 10'],
    ['one of a few texts', () => oneOf({ Kind: 'A' }, 'Kind', ['a', 'b']), 'Kind is "A"; allowed: a, b'],
    ['a text', () => textLike({ Name: 5 }, 'Name', /^\w+$/, 'letters'), 'Name is 5; allowed: letters'],
  ])('is refused when it is not %s', (_, read, message) => {
    expect(read).toThrow(message);
  });
});
