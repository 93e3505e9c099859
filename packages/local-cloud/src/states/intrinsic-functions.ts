import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Chance, isObject } from './json-path.ts';

/** A literal first argument of States.Format: the texts between each `{}`, so that escaped braces stay text. */
export class FormatLiteral extends Array<string> {}

interface IntrinsicFunction {
  readonly arity: readonly [least: number, most: number];
  /** @throws Error that tells what is wrong with the arguments. */
  readonly call: (values: readonly unknown[], chance: Chance) => unknown;
}

const any = z.unknown();
const array = z.array(any);
const object = z.custom<object>(isObject, 'Expected an object');
const text = z.string();
const shortText = text.max(10_000);
const base64 = shortText.regex(/^(?:[\w+/-]{4})*(?:[\w+/-]{2,3}={0,2})?$/, 'Expected Base64');
const algorithm = z.enum(['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']);
/** Of 32 bits; fractions are rounded, halves up, as AWS does. Adding 0 turns -0 into 0. */
const rounded = z.number().transform((value) => Math.round(value) + 0);
const integer = rounded.pipe(z.int32());
const longestRange = 1_000;

/**
 * All but the seed of States.MathRandom, from which AWS draws numbers that cannot be reproduced here.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
 */
export const intrinsicFunctions: Readonly<Record<string, IntrinsicFunction>> = {
  'States.Format': { arity: [1, Number.POSITIVE_INFINITY], call: format },
  'States.Array': { arity: [0, Number.POSITIVE_INFINITY], call: (items) => items },
  'States.ArrayPartition': taking([array, rounded.pipe(z.int32().min(1))], ([items, size]) =>
    items.filter((_, i) => i % size === 0).map((_, i) => items.slice(i * size, (i + 1) * size)),
  ),
  'States.ArrayContains': taking([array, any], ([items, value]) =>
    items.map(canonical).includes(canonical(value)),
  ),
  'States.ArrayRange': taking([integer, integer, integer], ([first, last, step]) => {
    const length = Math.max(0, Math.floor((last - first) / step) + 1);
    if (step !== 0 && length <= longestRange) return Array.from({ length }, (_, i) => first + i * step);
    throw new Error(`Expected a step other than 0 and at most ${longestRange} items`);
  }),
  'States.ArrayGetItem': taking([array, integer], ([items, index]) => {
    if (items[index] !== undefined) return items[index];
    throw new Error(`Expected an index of the array, got ${index}`);
  }),
  'States.ArrayLength': taking([array], ([items]) => items.length),
  'States.ArrayUnique': taking([array], ([items]) => [
    ...new Map(items.map((item) => [canonical(item), item])).values(),
  ]),
  'States.Base64Encode': taking([shortText], ([data]) => Buffer.from(data).toString('base64')),
  'States.Base64Decode': taking([base64], ([data]) => Buffer.from(data, 'base64').toString()),
  'States.Hash': taking([shortText, algorithm], ([data, name]) =>
    createHash(name.replace('-', '')).update(data).digest('hex'),
  ),
  'States.JsonMerge': taking([object, object, z.literal(false)], ([a, b]) => ({ ...a, ...b })),
  'States.StringToJson': taking([text], ([json]) => (json.trim() === '' ? null : JSON.parse(json))),
  'States.JsonToString': taking([any], ([value]) => JSON.stringify(value)),
  'States.MathRandom': taking([integer, integer], ([start, end], { random }) => {
    if (end > start) return start + Math.floor(random() * (end - start));
    throw new Error(`Expected an end above ${start}, got ${end}`);
  }),
  'States.MathAdd': taking([integer, integer], ([a, b]) => a + b),
  'States.StringSplit': taking([text, text], ([whole, delimiters]) => {
    const ends = [...delimiters].map((end) => `\\u{${end.codePointAt(0)?.toString(16)}}`).join('');
    return whole.split(new RegExp(`[${ends}]`, 'u')).filter((part) => part !== '');
  }),
  'States.UUID': { arity: [0, 0], call: (_, { uuid }) => uuid() },
};

function taking<const Types extends readonly [z.ZodType, ...z.ZodType[]]>(
  types: Types,
  perform: (values: z.output<z.ZodTuple<Types, null>>, chance: Chance) => unknown,
): IntrinsicFunction {
  const schema = z.tuple(types);
  return {
    arity: [types.length, types.length],
    call(values, chance) {
      const { data, error } = schema.safeParse(values);
      if (!error) return perform(data, chance);
      throw new Error(z.prettifyError(error).replaceAll('\n', ''));
    },
  };
}

function format([template, ...values]: readonly unknown[]): string {
  const parts = template instanceof FormatLiteral ? [...template] : String(template).split('{}');
  const isText = typeof template === 'string' || template instanceof FormatLiteral;
  if (!isText || parts.length !== values.length + 1) {
    throw new Error(`Expected a string with {} for each of ${values.length} values`);
  }
  return parts.reduce((whole, part, i) => whole + formatted(values[i - 1]) + part);
}

/** A value within a text; objects and arrays read as Java writes them, as on AWS. */
function formatted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatted).join(', ')}]`;
  if (!isObject(value)) return String(value);
  const members = Object.entries(value).map(([key, item]) => `${key}=${formatted(item)}`);
  return `{${members.join(', ')}}`;
}

/** The same text for equal values, whatever the order of their members. */
function canonical(value: unknown): string {
  const sorted = (_: string, item: unknown) =>
    isObject(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item;
  return JSON.stringify(value, sorted);
}
