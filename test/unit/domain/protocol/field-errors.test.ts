import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { fieldErrors } from '../../../../domain/protocol/field-errors.ts';

const schema = z.strictObject({
  name: z.string(),
  colour: z.optional(z.enum(['red', 'green'])),
  'a/b~c': z.optional(z.array(z.string())),
});

const errorsOf = (value: unknown) => fieldErrors(z.safeParse(schema, value).error?.issues ?? []);

describe('field errors', () => {
  it('point to a missing field and say what is needed', () => {
    expect(errorsOf({})).toEqual([{ pointer: '/name', detail: 'Must be present and of type string.' }]);
  });

  it('name what is allowed', () => {
    expect(errorsOf({ name: 'x', colour: 'blue' })).toEqual([
      { pointer: '/colour', detail: 'Must be one of red, green.' },
    ]);
  });

  it('escape ~ and / in pointers (RFC 6901)', () => {
    expect(errorsOf({ name: 'x', 'a/b~c': ['ok', 1] })[0]?.pointer).toBe('/a~1b~0c/1');
  });

  it('name every unknown field', () => {
    expect(errorsOf({ name: 'x', p: 1, q: 2 }).map((error) => error.pointer)).toEqual(['/p', '/q']);
  });

  it.each(['4242424242424242', 'card 4242.4242.4242.4242'])('do not repeat the name %j', (name) => {
    expect(errorsOf({ name: 'x', [name]: 1 })).toEqual([{ pointer: '/…', detail: 'Is not a known field.' }]);
  });

  it('point to the whole document with the empty pointer', () => {
    expect(errorsOf(1)).toEqual([{ pointer: '', detail: 'Must be present and of type object.' }]);
  });
});
