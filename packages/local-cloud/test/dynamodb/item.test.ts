import { describe, expect, it } from '@jest/globals';
import { itemSize, pick, sameItem } from '../../src/dynamodb/item.ts';

describe('an item', () => {
  it.each([
    ['text in UTF-8', { a: { S: 'é€' } }, 1 + 5],
    ['a name in UTF-8', { é: { S: '' } }, 2],
    ['a number by two digits a byte', { a: { N: '12345' } }, 1 + 4],
    ['a number without its zeros', { a: { N: '-0.00120' } }, 1 + 3],
    ['zero', { a: { N: '0' } }, 1 + 1],
    ['binary', { a: { B: Buffer.from('abcd').toString('base64') } }, 1 + 4],
    ['sets', { a: { SS: ['é', 'b'] }, b: { NS: ['12'] } }, 1 + 3 + 1 + 2],
    ['a list', { a: { L: [{ BOOL: true }, { S: 'ab' }] } }, 1 + 3 + 2 + 3],
    ['a map', { a: { M: { b: { NULL: true } } } }, 1 + 3 + 1 + 2],
  ])('measures %s', (_name, item, bytes) => {
    expect(itemSize(item)).toBe(bytes);
  });

  it('equals another whose attributes and set members have another order', () => {
    const item = { a: { SS: ['x', 'y'] }, b: { M: { c: { N: '1' }, d: { L: [{ S: 'e' }] } } } };
    const other = Object.assign(Object.create(null), {
      b: { M: { d: { L: [{ S: 'e' }] }, c: { N: '1' } } },
      a: { SS: ['y', 'x'] },
    });

    expect(sameItem(item, other)).toBe(true);
    expect(sameItem(undefined, undefined)).toBe(true);
  });

  it.each([
    [
      'a list in another order',
      { a: { L: [{ S: '1' }, { S: '2' }] } },
      { a: { L: [{ S: '2' }, { S: '1' }] } },
    ],
    ['another type', { a: { S: '1' } }, { a: { N: '1' } }],
    ['another attribute', { a: { S: '1' } }, { b: { S: '1' } }],
    ['one attribute more', { a: { S: '1' } }, { a: { S: '1' }, b: { S: '1' } }],
    ['an empty list instead of an empty map', { a: { L: [] } }, { a: { M: {} } }],
  ])('differs from one with %s', (_name, item, other) => {
    expect(sameItem(item, other)).toBe(false);
    expect(sameItem(other, item)).toBe(false);
  });

  it('gives the attributes asked for that it has', () => {
    expect(pick({ a: { S: '1' }, b: { S: '2' } }, ['b', 'c'])).toEqual({ b: { S: '2' } });
  });
});
