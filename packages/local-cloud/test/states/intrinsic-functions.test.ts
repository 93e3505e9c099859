import { describe, expect, it } from '@jest/globals';
import { parseExpression } from '../../src/states/expression.ts';
import { errorOf, scopeOf } from './scope.ts';

const evaluate = (call: string, input: unknown = {}) => parseExpression(call, 'x.$')(scopeOf(input));
const of = (...values: unknown[]) => ({ a: values[0], b: values[1], c: values[2] });

describe('an intrinsic function', () => {
  it.each([
    ['States.Array($.a)', of(123456), [123456]],
    ['States.Array()', {}, []],
    [
      "States.Array('Foo', 2022, $.a, null, true)",
      of({ random: 'abc' }),
      ['Foo', 2022, { random: 'abc' }, null, true],
    ],
    ['States.ArrayPartition($.a, 4)', of([1, 2, 3, 4, 5, 6, 7, 8, 9]), [[1, 2, 3, 4], [5, 6, 7, 8], [9]]],
    ['States.ArrayPartition($.a, 1.5)', of([1, 2, 3]), [[1, 2], [3]]],
    ['States.ArrayPartition($.a, 2)', of([]), []],
    ['States.ArrayContains($.a, $.b)', of([1, 2, 3], 3), true],
    ['States.ArrayContains($.a, $.b)', of([[1, 2], 2], [1, 2]), true],
    ['States.ArrayContains($.a, $.b)', of([{ x: 1, y: 2 }], { y: 2, x: 1 }), true],
    ['States.ArrayContains($.a, $.b)', of(['1'], 1), false],
    ['States.ArrayRange(1, 9, 2)', {}, [1, 3, 5, 7, 9]],
    ['States.ArrayRange(0, 10, 3)', {}, [0, 3, 6, 9]],
    ['States.ArrayRange(3, 1, -1)', {}, [3, 2, 1]],
    ['States.ArrayRange(0.5, 3.4, 1)', {}, [1, 2, 3]],
    ['States.ArrayRange(5, 1, 1)', {}, []],
    ['States.ArrayGetItem($.a, $.b)', of([1, 2, 3, 4, 5, 6, 7, 8, 9], 5), 6],
    ['States.ArrayLength($.a)', of([1, 2, 3]), 3],
    ['States.ArrayUnique($.a)', of([1, 2, 3, 3, 3, 4]), [1, 2, 3, 4]],
    [
      'States.ArrayUnique($.a)',
      of([{ x: 1, y: 2 }, { y: 2, x: 1 }, [null], [null], '1', 1]),
      [{ x: 1, y: 2 }, [null], '1', 1],
    ],
    ['States.Base64Encode($.a)', of('Data to encode'), 'RGF0YSB0byBlbmNvZGU='],
    ['States.Base64Encode($.a)', of(''), ''],
    ['States.Base64Decode($.a)', of('RGF0YSB0byBlbmNvZGU='), 'Data to encode'],
    ['States.Hash($.a, $.b)', of('input data', 'MD5'), '812f45842bc6d66ee14572ce20db8e86'],
    ['States.Hash($.a, $.b)', of('input data', 'SHA-1'), 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    [
      "States.Hash($.a, 'SHA-256')",
      of('input data'),
      'b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3',
    ],
    [
      'States.JsonMerge($.a, $.b, false)',
      of({ a: { a1: 1, a2: 2 }, b: 2 }, { a: { a3: 1, a4: 2 }, c: 3 }),
      { a: { a3: 1, a4: 2 }, b: 2, c: 3 },
    ],
    ['States.StringToJson($.a)', of('{"foo": "bar"}'), { foo: 'bar' }],
    ['States.StringToJson($.a)', of(' '), null],
    ['States.JsonToString($.a)', of({ foo: 'bar' }), '{"foo":"bar"}'],
    ['States.JsonToString($.a)', of('text'), '"text"'],
    ['States.MathRandom(1, 999)', {}, 500],
    ['States.MathAdd($.a, $.b)', of(111, -1), 110],
    ['States.MathAdd($.a, $.b)', of(1.49, 1.5), 3],
    ['States.MathAdd($.a, $.b)', of(-1.49, -1.5), -2],
    ['States.MathAdd($.a, $.b)', of(-0.5, 0), 0],
    ['States.MathAdd($.a, $.b)', of(-2.5, 0), -2],
    ['States.StringSplit($.a, $.b)', of('1,2,3,4,5', ','), ['1', '2', '3', '4', '5']],
    [
      'States.StringSplit($.a, $.b)',
      of('This.is+a,test=string', '.+,='),
      ['This', 'is', 'a', 'test', 'string'],
    ],
    ['States.StringSplit($.a, $.b)', of(', , ,', ','), [' ', ' ']],
    ['States.StringSplit($.a, $.b)', of(',,,', ','), []],
    ['States.StringSplit($.a, $.b)', of('a-b]c^d', ']^-'), ['a', 'b', 'c', 'd']],
    ['States.StringSplit($.a, $.b)', of('whole', ''), ['whole']],
    ['States.UUID()', {}, 'ca4c1140-dcc1-40cd-ad05-7b4aa23df4a8'],
    ["States.Format('Hello, my name is {}.', $.a)", of('Arnav'), 'Hello, my name is Arnav.'],
    ['States.Format($.b, $.a)', of('Arnav', 'Hello, my name is {}.'), 'Hello, my name is Arnav.'],
    ["States.Format('{} {} {} {}', $.a, 1.1, true, null)", of('x'), 'x 1.1 true null'],
    ["States.Format('{}', $.a)", of({ Arg1: 1, Arg2: ['x', null] }), '{Arg1=1, Arg2=[x, null]}'],
    ["States.Format('nothing')", {}, 'nothing'],
  ])('%s of %j gives %j', (call, input, result) => {
    expect(evaluate(call, input)).toEqual(result);
    expect(Object.is(evaluate(call, input), -0)).toBe(false);
  });

  it.each([
    ['States.ArrayPartition($.a, 0)', of([1])],
    ['States.ArrayPartition($.a, 1)', of('text')],
    ['States.ArrayContains($.a, 1)', of({})],
    ['States.ArrayRange(0, 1000, 1)', {}],
    ['States.ArrayRange(0, 9, 0)', {}],
    ['States.ArrayRange($.a, 9, 1)', of('0')],
    ['States.ArrayGetItem($.a, 1)', of([1])],
    ['States.ArrayGetItem($.a, -1)', of([1])],
    ['States.ArrayLength($.a)', of('text')],
    ['States.ArrayUnique($.a)', of(null)],
    ['States.Base64Encode($.a)', of('x'.repeat(10_001))],
    ['States.Base64Encode($.a)', of(1)],
    ['States.Base64Decode($.a)', of('not Base64!')],
    ['States.Hash($.a, $.b)', of('data', 'SHA-2')],
    ['States.Hash($.a, $.b)', of({}, 'MD5')],
    ['States.JsonMerge($.a, $.b, false)', of({}, [])],
    ['States.JsonMerge($.a, $.b, true)', of({}, {})],
    ['States.StringToJson($.a)', of('{')],
    ['States.StringToJson($.a)', of(1)],
    ['States.MathRandom(5, 5)', {}],
    ["States.MathRandom('1', 5)", {}],
    ['States.MathAdd(2147483648, 0)', {}],
    ["States.MathAdd('1', 1)", {}],
    ["States.StringSplit($.a, ',')", of(12)],
    ["States.Format('{} {}', $.a)", of(1)],
    ["States.Format('{}', 1, 2)", {}],
    ['States.Format($.a, 1)', of(['', ''])],
  ])('%s of %j fails', (call, input) => {
    expect(errorOf(() => evaluate(call, input))).toMatchObject({ error: 'States.IntrinsicFailure' });
  });

  it('refuses a seed, from which AWS would draw other numbers', () => {
    expect(() => parseExpression('States.MathRandom(0, 10, 7)', 'x.$')).toThrow(
      'in the local cloud States.MathRandom takes 2, not 3',
    );
  });
});
