import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseExpression, parseTemplate, parseTextExpression } from '../../src/states/expression.ts';
import { errorOf, scopeOf } from './scope.ts';

const evaluate = (source: string, input: unknown = {}, context: unknown = {}) =>
  parseExpression(source, 'x.$')(scopeOf(input, context));

describe('an expression', () => {
  it('nests calls', () => {
    const part = (index: number) =>
      `States.ArrayGetItem(States.StringSplit(States.ArrayGetItem(States.StringSplit($.Arn, '/'), 2), '.'), ${index})`;

    expect(evaluate(`States.Format('{}.{}', ${part(0)}, ${part(1)})`, { Arn: 'a/b/1.0' })).toBe('1.0');
  });

  it.each([
    [String.raw`States.Format('it\'s \{{}\} \\ {}', 1, 2)`, String.raw`it's {1} \ 2`],
    [String.raw`States.StringToJson('\{"a": "{}"\}')`, { a: '{}' }],
    ["States.StringSplit('Hello\nWorld', '\n')", ['Hello', 'World']],
    ["States.Format( 'a, (b) {}' ,  $.['def ghi'] )", 'a, (b) jkl'],
    ['States.Array($$.State.Name, -1.5e3)', ['A', -1500]],
  ])('reads literals and arguments: %s', (source, value) => {
    expect(evaluate(source, { 'def ghi': 'jkl' }, { State: { Name: 'A' } })).toEqual(value);
  });

  it('gives any text whose reserved characters are escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const literal = `'${text.replace(/[\\'{}]/g, '\\$&')}'`;

        expect(evaluate(`States.Format(${literal})`)).toBe(text);
        expect(evaluate(`States.Array(${literal})`)).toEqual([text]);
      }),
    );
  });

  it('names the path without a value', () => {
    expect(errorOf(() => evaluate('$.a', { b: 1 }))).toMatchObject({
      error: 'States.Runtime',
      explanation: `The JSONPath '$.a' specified for the field 'x.$' could not be found in the input '{"b":1}'`,
    });
    expect(errorOf(() => evaluate('States.Array($.a)', { b: 1 }))).toMatchObject({
      error: 'States.Runtime',
      explanation: `The function 'States.Array($.a)' had the following error: The JsonPath argument for the field '$.a' could not be found in the input '{"b":1}'`,
    });
  });

  it.each([
    ['text', 'neither a path nor a call'],
    ['States.Nothing()', 'neither a path nor a call'],
    ['States.Array', 'neither a path nor a call'],
    ['States.Array(', 'neither a path nor a call'],
    ['States.Array($.a', 'cannot be read beyond'],
    ['States.Array($.a,)', 'neither a path nor a call'],
    ['States.Array($.a(', 'cannot be read beyond'],
    ['States.UUID() + 1', 'cannot be read beyond'],
    ['States.Array($.a-b)', 'cannot be read beyond'],
    ['States.Array($.a[?(@.b)])', 'not supported'],
    ['States.UUID(1)', 'too few or many arguments'],
    ['States.MathAdd(1)', 'too few or many arguments'],
    [String.raw`States.Format('open \n')`, 'needs a backslash'],
    ["States.Format('{name}', 1)", 'needs a backslash'],
    [`${'States.Array('.repeat(11)}1${')'.repeat(11)}`, 'nests more than 10'],
  ])('refuses %s', (source, message) => {
    expect(() => parseExpression(source, 'x.$')).toThrow(message);
  });
});

describe('an expression for a text', () => {
  it('takes paths and functions that give strings', () => {
    const scope = scopeOf({ Error: 'E', n: 1 });

    expect(parseTextExpression('$.Error', 'ErrorPath')(scope)).toBe('E');
    expect(parseTextExpression("States.Format('{}!', $.Error)", 'ErrorPath')(scope)).toBe('E!');
    expect(errorOf(() => parseTextExpression('$.n', 'ErrorPath')(scope))).toMatchObject({
      error: 'States.Runtime',
    });
    expect(() => parseTextExpression('States.MathAdd(1, 1)', 'ErrorPath')).toThrow('does not give a string');
  });
});

describe('a payload template', () => {
  it('replaces members that end in .$, at any depth and in arrays, and nothing else', () => {
    const template = {
      'name.$': '$.product.name',
      'all.$': '$',
      'machine.$': '$$.StateMachine.Name',
      'text.$': "States.Format('{} items', $.count)",
      plain: '$.count',
      list: [{ 'count.$': '$.count' }, '$.count', [{ 'deep.$': '$.product' }]],
      nested: { 'count.$': '$.count', nothing: null },
    };
    const input = { product: { name: 'book' }, count: 2 };

    expect(parseTemplate(template)(scopeOf(input, { StateMachine: { Name: 'Orders' } }))).toEqual({
      name: 'book',
      all: input,
      machine: 'Orders',
      text: '2 items',
      plain: '$.count',
      list: [{ count: 2 }, '$.count', [{ deep: { name: 'book' } }]],
      nested: { count: 2, nothing: null },
    });
  });

  it.each([
    [{ 'a.$': 1 }, 'needs a path or an intrinsic function'],
    [{ 'a.$': 'text' }, 'neither a path nor a call'],
    [{ a: { 'b.$': '$.x[?(@.y)]' } }, 'not supported'],
    [{ a: 1, 'a.$': '$.b' }, '"a" is given twice'],
  ])('refuses %j', (template, message) => {
    expect(() => parseTemplate(template)).toThrow(message);
  });
});
