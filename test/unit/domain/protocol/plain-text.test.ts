import { describe, expect, it } from '@jest/globals';
import { isPlainText } from '../../../../domain/protocol/plain-text.ts';

/** All code points from one to another, as text. */
const range = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i));

describe('plain text', () => {
  it.each(['book-1', 'é', '本 １号', '“A” – 50 %', '📚', 'עברית', 'a\u00a0b', ''])('is %j', (text) => {
    expect(isPlainText(text)).toBe(true);
  });

  it.each([
    ['controls and line breaks', [...range(0, 0x1f), ...range(0x7f, 0x9f), '\u2028', '\u2029']],
    [
      'what turns the direction of writing',
      [...range(0x202a, 0x202e), ...range(0x2066, 0x2069), '\u200e', '\u200f', '\u061c'],
    ],
    ['invisible spaces and joiners', ['\u00ad', ...range(0x200b, 0x200d), '\u2060', '\ufeff', '\u180e']],
    ['invisible letters and tags', ['\u3164', '\u115f', '\uffa0', '\u034f', ...range(0xe0020, 0xe007f)]],
    ['variation selectors', [...range(0xfe00, 0xfe0f), ...range(0xe0100, 0xe01ef)]],
    ['lone surrogates', ['\ud800', '\udfff']],
  ])('has no %s', (_, characters) => {
    expect(characters.filter((character) => isPlainText(`a${character}b`))).toEqual([]);
  });
});
