import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IdempotencyKeyReused, InvalidFields } from '../../../../domain/protocol/errors.ts';
import type { Claim } from '../../../../lambdas/ports/idempotency-keys.ts';
import { createClaim } from '../../../../lambdas/runtime/idempotency.ts';
import { anOrder, jobId, later, now } from '../../../support/builders.ts';
import { memoryKeys } from '../../../support/fakes.ts';

const other = jobId.replace(/1$/, '2');
const day = 86_400_000;

/** Claims with the same key and owner, unless overridden. */
function setUp() {
  const asked: Claim[] = [];
  const keys = memoryKeys();
  const claim = createClaim({
    keys: {
      claim: (each, at) => {
        asked.push(each);
        return keys.claim(each, at);
      },
    },
    retentionDays: 1,
  });
  const claimOf = (
    request: unknown,
    {
      id = jobId,
      key = 'k-1',
      owner = 'ada',
      at = now,
    }: Partial<Record<'id' | 'key' | 'owner', string>> & {
      at?: Date;
    } = {},
  ) => claim({ owner, key, request, jobId: id }, at);
  return { claimOf, asked };
}

describe('a claim', () => {
  it('is the first, and then stands for the job that it made', async () => {
    const { claimOf } = setUp();

    expect(await claimOf(anOrder())).toEqual({ jobId, repeated: false });
    expect(await claimOf(anOrder(), { id: other })).toEqual({ jobId, repeated: true });
  });

  it('is refused when its key stands for another request', async () => {
    const { claimOf } = setUp();
    await claimOf(anOrder());

    const refusal = await claimOf(anOrder({ reference: 'another' }), { id: other }).catch((error) => error);

    expect(refusal).toBeInstanceOf(IdempotencyKeyReused);
    expect(refusal).toMatchObject({ status: 422, errors: [{ pointer: 'Idempotency-Key' }] });
  });

  it.each([
    ["another owner's, who has the same key", { owner: 'grace' }],
    ['under another key', { key: 'k-2' }],
    ['under the same key in other letters', { key: 'K-1' }],
    // Concatenated, owner and key are the same text.
    ['of an owner and a key that together look the same', { owner: 'adak', key: '-1' }],
  ])('is a different one when it is %s', async (_, difference) => {
    const { claimOf } = setUp();
    await claimOf(anOrder());

    expect(await claimOf(anOrder({ reference: 'another' }), { id: other, ...difference })).toEqual({
      jobId: other,
      repeated: false,
    });
  });

  it('is one of the same owner and the same key alone', async () => {
    const text = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 4 });
    const part = fc.record({ owner: text, key: text });

    await fc.assert(
      fc.asyncProperty(part, part, async (first, second) => {
        const { claimOf } = setUp();
        await claimOf(anOrder(), first);

        const { repeated } = await claimOf(anOrder(), { ...second, id: other });

        expect(repeated).toBe(isDeepStrictEqual(first, second));
      }),
    );
  });

  it('stands as long as was published, to the millisecond, whatever the table has deleted by then', async () => {
    const { claimOf } = setUp();
    await claimOf(anOrder());

    expect(await claimOf(anOrder(), { id: other, at: later(day - 1) })).toEqual({ jobId, repeated: true });
    expect(await claimOf(anOrder(), { id: other, at: later(day) })).toEqual({
      jobId: other,
      repeated: false,
    });
  });

  it('may stand for another request once it has expired', async () => {
    const { claimOf } = setUp();
    await claimOf(anOrder());
    const another = anOrder({ reference: 'another' });

    await claimOf(another, { id: other, at: later(day) });

    expect(await claimOf(another, { at: later(day + 1) })).toEqual({ jobId: other, repeated: true });
  });

  it('keeps neither owner nor key nor request, only digests', async () => {
    const { claimOf, asked } = setUp();

    await claimOf(anOrder(), { key: 'invoice-17', owner: 'ada' });

    const digest = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(asked).toEqual([{ id: digest, fingerprint: digest, jobId, expiresAt: later(day).toISOString() }]);
  });
});

describe('a request', () => {
  /** The value with the members of all objects in random order. */
  const shuffled = (value: unknown, random: () => number): unknown => {
    if (Array.isArray(value)) return value.map((member) => shuffled(member, random));
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).map(([name, member]) => ({ name, member, rank: random() }));
    members.sort((a, b) => a.rank - b.rank);
    return Object.fromEntries(members.map(({ name, member }) => [name, shuffled(member, random)]));
  };
  /** A value as it arrives: as JSON, which has no negative zero. */
  const received = (value: unknown, space = '') => JSON.parse(JSON.stringify(value, null, space)) as unknown;
  const content = fc.jsonValue();

  it('is the same in whichever order its members come, and with whatever white space', async () => {
    const space = fc.constantFrom('', ' ', '\t', '\n  ');
    const chance = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }));

    await fc.assert(
      fc.asyncProperty(content, chance, space, async (value, numbers, indent) => {
        const { claimOf } = setUp();
        await claimOf(received(value));

        const again = received(
          shuffled(value, () => numbers.next().value),
          indent,
        );

        expect(await claimOf(again, { id: other })).toEqual({ jobId, repeated: true });
      }),
    );
  });

  it('is another one when its content differs', async () => {
    await fc.assert(
      fc.asyncProperty(
        content.map((value) => received(value)),
        content.map((value) => received(value)),
        async (first, second) => {
          fc.pre(!isDeepStrictEqual(first, second));
          const { claimOf } = setUp();
          await claimOf(first);

          await expect(claimOf(second, { id: other })).rejects.toThrow(IdempotencyKeyReused);
        },
      ),
    );
  });

  it.each<[string, unknown, unknown]>([
    ['a number is a text', { quantity: 1 }, { quantity: '1' }],
    ['an item is in another place', { items: [1, 2] }, { items: [2, 1] }],
    ['a list is an object', ['a'], { 0: 'a' }],
    ['a member is null', { reference: null }, {}],
    ['a member has moved', { a: { b: 1 } }, { a: {}, b: 1 }],
    ['names and values change places', { a: 'b' }, { b: 'a' }],
    ['a letter is composed', { reference: 'é' }, { reference: 'e\u0301' }],
  ])('is another one when %s', async (_, first, second) => {
    const { claimOf } = setUp();
    await claimOf(first);

    await expect(claimOf(second, { id: other })).rejects.toThrow(IdempotencyKeyReused);
  });
});

describe('a key', () => {
  const printable = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 255 });

  it('has 1 to 255 printable ASCII characters', async () => {
    await fc.assert(
      fc.asyncProperty(printable, async (key) => {
        expect(await setUp().claimOf(anOrder(), { key })).toEqual({ jobId, repeated: false });
      }),
    );
  });

  it.each([
    ['the shortest', '!'],
    ['the longest', 'a'.repeat(255)],
    ['the first and the last character', ' ~'],
  ])('may be %s', async (_, key) => {
    expect(await setUp().claimOf(anOrder(), { key })).toEqual({ jobId, repeated: false });
  });

  it.each([
    ['is empty', ''],
    ['is too long', 'a'.repeat(256)],
    ['holds a tab', 'a\tb'],
    ['ends with a line break', 'a\n'],
    ['holds a letter that is not ASCII', 'clé'],
    ['holds the delete character', 'a\x7f'],
    ['holds a null', 'a\0'],
  ])('is refused when it %s, and nothing is claimed', async (_, key) => {
    const { claimOf, asked } = setUp();

    const refusal = await claimOf(anOrder(), { key }).catch((error) => error);

    expect(refusal).toBeInstanceOf(InvalidFields);
    expect(refusal.errors).toEqual([
      { pointer: 'Idempotency-Key', detail: 'Must have 1 to 255 printable ASCII characters.' },
    ]);
    expect(asked).toEqual([]);
  });
});
