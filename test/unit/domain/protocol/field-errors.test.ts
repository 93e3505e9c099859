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

  it.each(['a\nb', 'a\u202eb', 'a\u2028b'])('do not repeat the unprintable name %j', (name) => {
    expect(errorsOf({ name: 'x', [name]: 1 })).toEqual([{ pointer: '/…', detail: 'Is not a known field.' }]);
  });

  it('cut long names, and repeat no part of a card number in them', () => {
    const long = 'x'.repeat(200_000);
    const card = `${'x'.repeat(35)} 4242 4242 4242 4242 ${long}`;

    const pointers = errorsOf({ name: 'x', [long]: 1, [card]: 1 }).map(({ pointer }) => pointer);

    expect(pointers).toEqual([`/${'x'.repeat(40)}…`, '/…']);
  });

  it('are at most 20, however many fields are wrong', () => {
    const unknown = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`field-${i}`, 1]));

    const inOneObject = errorsOf({ name: 1, ...unknown });
    const inManyPlaces = errorsOf({ name: 'x', 'a/b~c': Array(5_000).fill(1) });

    expect(inOneObject).toHaveLength(20);
    expect(inOneObject.map(({ pointer }) => pointer)).toContain('/name');
    expect(inManyPlaces.map(({ pointer }) => pointer)).toEqual(
      Array.from({ length: 20 }, (_, i) => `/a~1b~0c/${i}`),
    );
  });

  it('point to the whole document with the empty pointer', () => {
    expect(errorsOf(1)).toEqual([{ pointer: '', detail: 'Must be present and of type object.' }]);
  });
});
