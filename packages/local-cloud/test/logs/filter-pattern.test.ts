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
    ['ERROR -timeout', 'ERROR: refused', true],
    ['ERROR -timeout', 'ERROR: timeout', false],
    ['?ERROR ?WARN', 'a WARN', true],
    ['?ERROR ?WARN', 'an INFO', false],
  ])('of terms: %s for %s is %s', (pattern, message, matches) => {
    expect(parseFilterPattern(pattern)(message)).toBe(matches);
  });

  const line = JSON.stringify({
    jobId: '01a2-b3',
    level: 'ERROR',
    ms: 12.5,
    done: true,
    error: null,
    items: [{ sku: 'book' }],
    'odd-name': 'x',
  });
  it.each([
    ['{ $.jobId = "01a2-b3" }', true],
    ['{ $.jobId = 01a2-b3 }', true],
    ['{ $.jobId = "01a2*" }', true],
    ['{ $.jobId = "01a2" }', false],
    ['{ $.jobId != "other" }', true],
    ['{ $.nothing != "other" }', false],
    ['{ $.ms > 12 }', true],
    ['{ $.ms <= 1.25e1 }', true],
    ['{ $.ms = 13 }', false],
    ['{ $.level > 3 }', false],
    ['{ $.done IS TRUE }', true],
    ['{ $.done IS FALSE }', false],
    ['{ $.error IS NULL }', true],
    ['{ $.nothing NOT EXISTS }', true],
    ['{ $.jobId NOT EXISTS }', false],
    ['{ $.items[0].sku = "book" }', true],
    ['{ $.items[1].sku = "book" }', false],
    ['{ $.odd-name = "x" }', true],
    ['{ $.level = "INFO" || $.level = "ERROR" && $.ms > 1 }', true],
    ['{ ($.level = "INFO" || $.level = "ERROR") && $.ms > 100 }', false],
    ['{ $.toString NOT EXISTS }', true],
  ])('of JSON: %s is %s', (pattern, matches) => {
    expect(parseFilterPattern(pattern)(line)).toBe(matches);
  });

  it('of JSON matches no line that is not an object', () => {
    const matches = parseFilterPattern('{ $.a NOT EXISTS }');

    expect(['', 'text', '{broken', '[1]', '"a"'].map(matches)).toEqual([false, false, false, false, false]);
  });

  it.each([
    'job-1',
    '%ERROR%',
    '[ip, user, ...]',
    'ERROR ?WARN',
    '{ $.a = %b% }',
    '{ a = 1 }',
    '{ $.a }',
    '{ $.a = }',
    '{ $.a > "x" }',
    '{ ($.a = 1 }',
    '{ $.a = 1 && }',
    '{ $.a = 1 $.b = 2 }',
    '{ $.*.a = 1 }',
    '{}',
  ])('is refused where it is not evaluated: %s', (pattern) => {
    expect(() => parseFilterPattern(pattern)).toThrow(
      `Invalid filter pattern: ${pattern}; the local cloud evaluates`,
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
