import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseChoice } from '../../src/states/choice-rule.ts';
import { errorOf, scopeOf } from './scope.ts';

const matches = (rule: object, v?: unknown, w?: unknown) =>
  parseChoice(
    'Variable' in rule || Object.keys(rule).some((key) => ['And', 'Or', 'Not'].includes(key))
      ? rule
      : { Variable: '$.v', ...rule },
  )(
    scopeOf(
      { ...(v === undefined ? {} : { v }), ...(w === undefined ? {} : { w }) },
      { Execution: { Name: 'all' } },
    ),
  );

/** One value of each type, and whether it is of the type that is asked for. */
const values = [null, true, 0, 1.5, '', 'text', '2012-10-09T19:00:55Z', [], [''], {}, { a: 0 }];

describe('a choice rule', () => {
  it.each([
    ['IsNull', [true, false, false, false, false, false, false, false, false, false, false]],
    ['IsBoolean', [false, true, false, false, false, false, false, false, false, false, false]],
    ['IsNumeric', [false, false, true, true, false, false, false, false, false, false, false]],
    ['IsString', [false, false, false, false, true, true, true, false, false, false, false]],
    ['IsTimestamp', [false, false, false, false, false, false, true, false, false, false, false]],
    ['IsPresent', values.map(() => true)],
  ])('%s tells types apart, and its false the contrary', (operator, expected) => {
    expect(values.map((value) => matches({ [operator]: true }, value))).toEqual(expected);
    expect(values.map((value) => matches({ [operator]: false }, value))).toEqual(expected.map((is) => !is));
  });

  it('IsPresent alone takes a variable that is not there', () => {
    expect(matches({ IsPresent: false })).toBe(true);
    expect(matches({ IsPresent: true })).toBe(false);
    for (const rule of [
      { IsNull: true },
      { StringEquals: 'x' },
      { NumericEqualsPath: '$.w' },
      { StringMatches: '*' },
    ]) {
      expect(errorOf(() => matches(rule))).toMatchObject({
        error: 'States.Runtime',
        explanation: "Invalid path '$.v': The choice state's condition path references an invalid value.",
      });
    }
    expect(errorOf(() => matches({ NumericEqualsPath: '$.w' }, 1))).toMatchObject({
      error: 'States.Runtime',
    });
  });

  const ordered: Readonly<Record<string, readonly [unknown, unknown]>> = {
    String: ['a', 'b'],
    Numeric: [-1, 1.5],
    Timestamp: ['2016-08-18T19:33:00+02:00', '2016-08-18T17:33:00.001Z'],
  };
  it.each(Object.entries(ordered))('compares %s values, literal and by path', (kind, [low, high]) => {
    const relations = {
      Equals: [0],
      LessThan: [-1],
      LessThanEquals: [-1, 0],
      GreaterThan: [1],
      GreaterThanEquals: [0, 1],
    };
    for (const [relation, orders] of Object.entries(relations)) {
      for (const [order, a, b] of [
        [-1, low, high],
        [0, low, low],
        [1, high, low],
      ] as const) {
        expect(matches({ [`${kind}${relation}`]: b }, a)).toBe(orders.includes(order));
        expect(matches({ [`${kind}${relation}Path`]: '$.w' }, a, b)).toBe(orders.includes(order));
      }
    }
  });

  it.each([
    [{ BooleanEquals: true }, true, true],
    [{ BooleanEquals: true }, false, false],
    [{ BooleanEquals: false }, 0, false],
    [{ BooleanEquals: false }, null, false],
    [{ NumericEquals: 1 }, '1', false],
    [{ NumericEquals: 0 }, null, false],
    [{ NumericEquals: 1 }, true, false],
    [{ StringEquals: '1' }, 1, false],
    [{ StringEquals: 'text' }, ['text'], false],
    [{ StringLessThan: 'a' }, 'B', true],
    [{ StringGreaterThan: 'A ' }, 'A', false],
    [{ TimestampEquals: '2016-08-18T17:33:00Z' }, '2016-08-18T19:33:00+02:00', true],
    [{ TimestampEquals: '2016-08-18T17:33:00Z' }, '2016-08-18T17:33:00', false],
    [{ TimestampEquals: '2016-08-18T17:33:00Z' }, 1_471_541_580, false],
  ])('%j of %j is %s: values of another type never match', (rule, value, expected) => {
    expect(matches(rule, value)).toBe(expected);
  });

  it('compares booleans by path, and nothing by a path to another type', () => {
    expect(matches({ BooleanEqualsPath: '$.w' }, true, true)).toBe(true);
    expect(matches({ NumericEqualsPath: '$.w' }, 1, '1')).toBe(false);
  });

  it.each([
    ['log-*.txt', 'log-2024.txt', true],
    ['log-*.txt', 'log-.txt', true],
    ['log-*.txt', 'LOG-1.txt', false],
    ['*', 'many\nlines', true],
    ['foo*.*', 'foobar.zebra', true],
    ['a.c', 'abc', false],
    ['a+(b)[c]', 'a+(b)[c]', true],
    [String.raw`\*`, '*', true],
    [String.raw`\*`, 'x', false],
    [String.raw`\\*`, String.raw`\x`, true],
    ['*', 7, false],
  ])('StringMatches %s of %j is %s', (pattern, value, expected) => {
    expect(matches({ StringMatches: pattern }, value)).toBe(expected);
  });

  it('StringMatches any text by itself with its wildcards escaped, and by a part of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (start, end) => {
        const escaped = (part: string) => part.replace(/[\\*]/g, '\\$&');

        expect(matches({ StringMatches: escaped(start + end) }, start + end)).toBe(true);
        expect(matches({ StringMatches: `${escaped(start)}*` }, start + end)).toBe(true);
        expect(matches({ StringMatches: `*${escaped(end)}` }, start + end)).toBe(true);
        expect(matches({ StringMatches: `${escaped(start)}x` }, start)).toBe(false);
      }),
    );
  });

  it('combines rules, of which And and Or look no further than they need', () => {
    const present = { Variable: '$.v', IsPresent: true };
    const foo = { Variable: '$.v', StringEquals: 'foo' };

    expect(matches({ And: [present, foo] })).toBe(false);
    expect(matches({ And: [present, foo] }, 'foo')).toBe(true);
    expect(matches({ Or: [{ Not: present }, foo] })).toBe(true);
    expect(
      matches({ Not: { Or: [foo, { And: [present, { Variable: '$.v', IsNull: true }] }] } }, 'bar'),
    ).toBe(true);
  });

  it('reads the context object', () => {
    expect(matches({ Variable: '$$.Execution.Name', StringEquals: 'all' })).toBe(true);
  });

  it.each([
    [{ Variable: '$.v' }, 'a rule has one operator, got none'],
    [{ Variable: '$.v', IsNull: true, IsString: true }, 'a rule has one operator, got IsNull, IsString'],
    [{ StringEquals: 'x' }, 'StringEquals needs a Variable'],
    [{ Variable: '$.v', StringLike: 'x' }, 'StringLike is not a comparison operator'],
    [{ Variable: '$.v', BooleanLessThan: true }, 'BooleanLessThan is not a comparison operator'],
    [{ Variable: '$.v', StringMatchesPath: '$.w' }, 'StringMatchesPath is not a comparison operator'],
    [{ Variable: '$.v', IsPresent: 'true' }, 'IsPresent needs a boolean value, got "true"'],
    [{ Variable: '$.v', NumericEquals: '1' }, 'NumericEquals needs a numeric value, got "1"'],
    [{ Variable: '$.v', TimestampEquals: '2016-08-18' }, 'TimestampEquals needs a timestamp value'],
    [{ Variable: '$.v[*]', IsNull: true }, 'can lead to more than one value'],
    [{ Variable: '$.v', StringEqualsPath: 'x' }, 'the path x is not supported'],
    [{ Variable: '$.v', StringMatches: String.raw`a\b` }, 'takes a backslash only before'],
    [{ And: [] }, 'And needs a list of rules'],
    [{ Not: { Variable: '$.v', IsNull: true, Next: 'A' } }, 'a rule within Not has no Next'],
    [{ Condition: '{% true %}' }, 'Condition needs a Variable'],
  ])('refuses %j', (rule, message) => {
    expect(() => parseChoice(rule)).toThrow(message);
  });
});
