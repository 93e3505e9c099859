import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsePath, parseReferencePath, parseResultPath } from '../../src/states/json-path.ts';
import { errorOf, scopeOf } from './scope.ts';

const input = {
  foo: 123,
  bar: ['a', 'b', 'c'],
  car: { cdr: true },
  items: [{ id: 1, price: { net: 5 } }, { id: 2 }],
  'delivery-partner': 'UQS',
  'a b': { "it's": 'quoted' },
  nothing: null,
};
const read = (path: string, from: unknown = input) =>
  parsePath(path).read(scopeOf(from, { State: { Name: 'A' } }));

describe('a path', () => {
  it.each([
    ['$', input],
    ['$.foo', 123],
    ['$.car.cdr', true],
    ["$['car']['cdr']", true],
    ['$["car"].cdr', true],
    ["$.['car']", { cdr: true }],
    ['$.delivery-partner', 'UQS'],
    ["$['a b']['it\\'s']", 'quoted'],
    ['$.nothing', null],
    ['$.bar[0]', 'a'],
    ['$.bar[-1]', 'c'],
    ['$.items[0].price.net', 5],
    ['$$', { State: { Name: 'A' } }],
    ['$$.State.Name', 'A'],
  ])('%s leads to one value', (path, value) => {
    expect(read(path)).toEqual(value);
  });

  it.each([
    ['$.baz'],
    ['$.foo.bar'],
    ['$.car[0]'],
    ['$.bar[3]'],
    ['$.bar[-4]'],
    ['$.nothing.x'],
    ['$.toString'],
    ['$.__proto__'],
  ])('%s leads to none', (path) => {
    expect(read(path)).toBeUndefined();
  });

  it.each([
    ['$.bar[*]', ['a', 'b', 'c']],
    ['$.bar[1:]', ['b', 'c']],
    ['$.bar[:1]', ['a']],
    ['$.bar[0:2]', ['a', 'b']],
    ['$.bar[-2:]', ['b', 'c']],
    ['$.bar[:-1]', ['a', 'b']],
    ['$.items[*].id', [1, 2]],
    ['$.items[*].price.net', [5]],
    ['$.car.*', [true]],
    ['$.items[0:1].id', [1]],
  ])('%s leads to several', (path, values) => {
    expect(read(path)).toEqual(values);
  });

  // recorded on AWS: a missing array is no error where the path may lead to several values
  it.each([
    ['$[*]'],
    ['$.items[*]'],
    ['$.items[1:]'],
    ['$.item.items[:1]'],
    ['$.items[*].value'],
    ['$.item.items[1:5].value'],
  ])('%s without a match gives an empty array', (path) => {
    expect(read(path, {})).toEqual([]);
  });

  it.each([
    ['$.items[?(@.id == 1)]'],
    ['$.items.length()'],
    ['$.items[(@.length-1)]'],
    ['$..id'],
    ['$.bar[0,1]'],
    ["$['foo','bar']"],
    ['$.bar[::2]'],
    ['$.bar[-2:-1]'],
    ['$variable.foo'],
    ['$.'],
    ['$.foo bar'],
    ['foo'],
    [''],
  ])('%s is refused', (path) => {
    expect(() => parsePath(path)).toThrow(`the path ${path} is not supported`);
  });
});

describe('a path in brackets', () => {
  it('leads to members of any name, where a ResultPath has placed them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }),
        fc.json(),
        (names, json) => {
          const path = `$${names.map((name) => `['${name.replace(/[\\']/g, '\\$&')}']`).join('')}`;

          expect(read(path, parseResultPath(path)({}, JSON.parse(json)))).toEqual(JSON.parse(json));
        },
      ),
    );
  });
});

describe('a reference path', () => {
  it('refuses what may lead to more than one value', () => {
    expect(() => parseReferencePath('$.bar[*]')).toThrow('can lead to more than one value');
  });
});

describe('a ResultPath', () => {
  it.each([
    ['$', { a: 1 }, 'result'],
    ['$.b', { a: 1 }, { a: 1, b: 'result' }],
    ['$.a', { a: 1 }, { a: 'result' }],
    ['$.b.c.d', { a: 1 }, { a: 1, b: { c: { d: 'result' } } }],
    ["$['b c']", {}, { 'b c': 'result' }],
    ['$.a.c', { a: { b: 1 } }, { a: { b: 1, c: 'result' } }],
  ])('%s places the result in a copy of the input', (path, given, expected) => {
    const before = structuredClone(given);

    expect(parseResultPath(path)(given, 'result')).toEqual(expected);
    expect(given).toEqual(before);
  });

  it.each([['text'], [7], [null], [[1]]])('cannot be applied to %j', (given) => {
    expect(errorOf(() => parseResultPath('$.a')(given, 'result'))).toMatchObject({
      error: 'States.ResultPathMatchFailure',
    });
  });

  it('cannot be applied where a value other than an object is on the way', () => {
    expect(errorOf(() => parseResultPath('$.a.b')({ a: 1 }, 'result'))).toMatchObject({
      error: 'States.ResultPathMatchFailure',
    });
  });

  it.each([['$.a[0]'], ['$.a[*]'], ['$$.State']])('refuses %s', (path) => {
    expect(() => parseResultPath(path)).toThrow(`a result cannot be placed at ${path}`);
  });
});
