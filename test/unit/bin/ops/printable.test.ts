import { expect, it } from '@jest/globals';
import { printable } from '../../../../bin/ops/printable.ts';

it('what orders and logs hold cannot move the cursor, colour or reorder what a terminal shows', () => {
  expect(printable('a\u001b[2Jb\rc\u009bd\u202ee\u0007')).toBe('a·[2Jb·c·d·e·');
});

it('line feeds and letters of any language stay', () => {
  expect(printable('Grüße\n日本')).toBe('Grüße\n日本');
});
