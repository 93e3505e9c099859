import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseFilterPattern } from '../../src/logs/filter-pattern.ts';

describe('a filter pattern', () => {
  it.each([
    ['', 'anything', true],
    ['ERROR', 'an ERROR occurred', true],
    ['ERROR', 'an error occurred', false],
    ['ERROR timeout', 'ERROR: timeout', true],
    ['ERROR timeout', 'ERROR: refused', false],
    ['"01a2-b3"', '{"jobId":"01a2-b3"}', true],
    ['"say \\"hi\\""', 'they say "hi"', true],
  ])('of terms: %s for %s is %s', (pattern, message, matches) => {
    expect(parseFilterPattern(pattern)(message)).toBe(matches);
  });

  const line = JSON.stringify({
    jobId: '01a2-b3',
    ms: 12.5,
    status: '500',
    error: { code: 'late' },
    'odd-name': 'x',
  });
  it.each([
    ['{ $.jobId = "01a2-b3" }', true],
    ['{$.jobId="01a2-b3"}', true],
    ['{ $.jobId = "01a2" }', false],
    ['{ $.nothing = "other" }', false],
    ['{ $.ms = 12.5 }', true],
    ['{ $.ms = "12.5" }', false],
    ['{ $.status = 500 }', false],
    ['{ $.error.code = "late" }', true],
    ['{ $.jobId.code = "late" }', false],
    ['{ $.odd-name = "x" }', true],
  ])('of JSON: %s is %s', (pattern, matches) => {
    expect(parseFilterPattern(pattern)(line)).toBe(matches);
  });

  it('of JSON matches no line that is not an object', () => {
    const matches = parseFilterPattern('{ $.length = 1 }');

    expect(['', 'text', '{broken', '[1]', '"a"'].map(matches)).toEqual([false, false, false, false, false]);
  });

  it.each([
    'job-1',
    '-debug',
    '?ERROR ?WARN',
    '%ERROR%',
    '[ip, user, ...]',
    '"open',
    'ERROR"x"',
    '{ $.a = %b% }',
    '{ $.a = b }',
    '{ $.a = "b*" }',
    '{ $.a != "b" }',
    '{ $.a > 1 }',
    '{ $.a IS TRUE }',
    '{ $.a = 1 && $.b = 2 }',
    '{ $.a[0] = 1 }',
    '{ a = 1 }',
    '{ $.a = }',
    '{}',
  ])('is refused where it is not evaluated: %s', (pattern) => {
    expect(() => parseFilterPattern(pattern)).toThrow(
      `Invalid filter pattern: ${pattern}; the local cloud evaluates words, "quoted terms" and { $.name = "value" }`,
    );
  });

  it('finds any text by its quoted term, and any value by its JSON expression', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, wanted) => {
        expect(parseFilterPattern(`${JSON.stringify(wanted)}`)(before + wanted)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[\w "\\-]*$/), (wanted) => {
        const pattern = `{ $.a = ${JSON.stringify(wanted)} }`;
        expect(parseFilterPattern(pattern)(JSON.stringify({ a: wanted }))).toBe(true);
      }),
    );
  });
});
