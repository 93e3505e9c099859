import { describe, expect, it } from '@jest/globals';
import { parseTemplate } from '../../src/states/payload-template.ts';
import { scopeOf } from './scope.ts';

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
