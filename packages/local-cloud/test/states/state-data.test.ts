import { describe, expect, it } from '@jest/globals';
import { parsePath, parseReferencePath, parseResultPath } from '../../src/states/json-path.ts';
import { payloadText, place, select, waitMs } from '../../src/states/state-data.ts';
import type { StateOf } from '../../src/states/state-machine-definition.ts';
import { errorOf, scopeOf } from './scope.ts';

describe('InputPath and OutputPath', () => {
  it('let all through when absent, nothing when null, else what they lead to', () => {
    const scope = scopeOf({ a: { b: 1 } });

    expect(select(undefined, scope)).toEqual({ a: { b: 1 } });
    expect(select(null, scope)).toEqual({});
    expect(select(parsePath('$.a'), scope)).toEqual({ b: 1 });
    expect(errorOf(() => select(parsePath('$.c'), scope))).toMatchObject({
      error: 'States.Runtime',
      explanation: "Invalid path '$.c' : No results for path: $['c']",
    });
  });
});

describe('ResultPath', () => {
  it('replaces the input when absent, keeps it when null, else adds to it', () => {
    expect(place(undefined, { a: 1 }, 2)).toBe(2);
    expect(place(null, { a: 1 }, 2)).toEqual({ a: 1 });
    expect(place(parseResultPath('$.b'), { a: 1 }, 2)).toEqual({ a: 1, b: 2 });
  });
});

describe('a payload', () => {
  it('holds 262,144 bytes of UTF-8', () => {
    expect(payloadText('x'.repeat(262_142), 'A')).toHaveLength(262_144);
    expect(errorOf(() => payloadText('é'.repeat(131_072), 'A'))).toMatchObject({
      error: 'States.DataLimitExceeded',
    });
  });
});

describe('a Wait state', () => {
  const entered = Date.parse('2024-01-01T00:00:00Z');
  const wait = (fields: Partial<StateOf<'Wait'>>, v?: unknown) =>
    waitMs({ Type: 'Wait', ...fields }, scopeOf(v === undefined ? {} : { v }), entered);
  const path = parseReferencePath('$.v');

  it.each([
    [{ Seconds: 3 }, undefined, 3_000],
    [{ SecondsPath: path }, 3, 3_000],
    [{ SecondsPath: path }, 0, 0],
    [{ Timestamp: '2024-01-01T00:00:05.5Z' }, undefined, 5_500],
    [{ TimestampPath: path }, '2024-01-01T01:00:05+01:00', 5_000],
    [{ TimestampPath: path }, '2023-01-01T00:00:00Z', 0],
  ])('of %j with %j waits %d ms', (fields, value, ms) => {
    expect(wait(fields, value)).toBe(ms);
  });

  it.each([
    [{ SecondsPath: path }, undefined, 'The SecondsPath parameter does not reference an input value: $.v'],
    [{ SecondsPath: path }, -1, 'The SecondsPath parameter references a negative value: $.v == -1'],
    [{ SecondsPath: path }, 1.5, 'The SecondsPath parameter cannot be parsed as a long value: $.v == 1.5'],
    [
      { SecondsPath: path },
      'soon',
      'The SecondsPath parameter cannot be parsed as a long value: $.v == soon',
    ],
    [
      { TimestampPath: path },
      '2016-12-05T21:29:29',
      'does not reference a valid ISO-8601 extended offset date-time',
    ],
    [{ TimestampPath: path }, 7, 'does not reference a valid ISO-8601 extended offset date-time'],
    [{ SecondsPath: path }, 2 ** 31, 'Wait state delay is too long.'],
  ])('of %j with %j fails', (fields, value, explanation) => {
    expect(errorOf(() => wait(fields, value))).toMatchObject({
      error: 'States.Runtime',
      explanation: expect.stringContaining(explanation),
    });
  });
});
