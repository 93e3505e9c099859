import { createHash } from 'node:crypto';
import { isObject } from './json-path.ts';

/** Where intrinsic functions get their chance from. */
export interface Chance {
  /** At least 0 and below 1. */
  random(): number;
  uuid(): string;
}

/** A literal first argument of States.Format: the texts between each `{}`, so that escaped braces stay text. */
export class FormatLiteral {
  readonly parts: readonly string[];

  constructor(parts: readonly string[]) {
    this.parts = parts;
  }
}

/** Fewest and most arguments, and the function: it throws an Error that tells what is wrong with its arguments. */
type IntrinsicFunction = readonly [number, number, (args: readonly unknown[], chance: Chance) => unknown];

const longestText = 10_000;
const longestRange = 1_000;
const algorithms = ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

/** Those whose result is always a string, or may be: what ErrorPath and CausePath take. */
export const textFunctions: readonly string[] = [
  'States.Format',
  'States.JsonToString',
  'States.ArrayGetItem',
  'States.Base64Encode',
  'States.Base64Decode',
  'States.Hash',
  'States.UUID',
];

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html */
export const intrinsicFunctions: Readonly<Record<string, IntrinsicFunction>> = {
  'States.Format': [
    1,
    Number.POSITIVE_INFINITY,
    ([template, ...values]) => {
      const parts = template instanceof FormatLiteral ? template.parts : textIn(template).split('{}');
      if (parts.length === values.length + 1)
        return parts.reduce((text, part, i) => text + formatted(values[i - 1]) + part);
      throw new Error(`Expected ${parts.length - 1} values for {}, got ${values.length}.`);
    },
  ],
  'States.Array': [0, Number.POSITIVE_INFINITY, (items) => items],
  'States.ArrayPartition': [
    2,
    2,
    ([array, size]) => {
      const [items, most] = [arrayIn(array), integerIn(size)];
      if (most < 1) throw wrong('a chunk size of at least 1', size);
      const starts = items.map((_, i) => i).filter((i) => i % most === 0);
      return starts.map((start) => items.slice(start, start + most));
    },
  ],
  'States.ArrayContains': [
    2,
    2,
    ([array, value]) => arrayIn(array).some((item) => canonical(item) === canonical(value)),
  ],
  'States.ArrayRange': [
    3,
    3,
    (args) => {
      const [first, last, step] = args.map(integerIn) as [number, number, number];
      if (step === 0) throw wrong('a step other than 0', step);
      const length = Math.max(0, Math.floor((last - first) / step) + 1);
      if (length > longestRange) throw wrong(`at most ${longestRange} items`, length);
      return Array.from({ length }, (_, i) => first + i * step);
    },
  ],
  'States.ArrayGetItem': [
    2,
    2,
    ([array, index]) => {
      const item = arrayIn(array)[integerIn(index)];
      if (item === undefined) throw wrong('an index of the array', index);
      return item;
    },
  ],
  'States.ArrayLength': [1, 1, ([array]) => arrayIn(array).length],
  'States.ArrayUnique': [
    1,
    1,
    ([array]) => [...new Map(arrayIn(array).map((item) => [canonical(item), item])).values()],
  ],
  'States.Base64Encode': [1, 1, ([data]) => Buffer.from(shortTextIn(data)).toString('base64')],
  'States.Base64Decode': [
    1,
    1,
    ([data]) => {
      const encoded = shortTextIn(data);
      if (!/^(?:[\w+/-]{4})*(?:[\w+/-]{2,3}={0,2})?$/.test(encoded)) throw wrong('Base64', data);
      return Buffer.from(encoded, 'base64').toString();
    },
  ],
  'States.Hash': [
    2,
    2,
    ([data, algorithm]) => {
      if (!algorithms.includes(String(algorithm))) throw wrong(`one of ${algorithms.join(', ')}`, algorithm);
      return createHash(String(algorithm).replace('-', '')).update(shortTextIn(data)).digest('hex');
    },
  ],
  'States.JsonMerge': [
    3,
    3,
    ([first, second, isDeep]) => {
      if (!isObject(first) || !isObject(second)) throw wrong('two objects', [first, second]);
      if (isDeep !== false) throw wrong('false, for a shallow merge', isDeep);
      return { ...first, ...second };
    },
  ],
  'States.StringToJson': [1, 1, ([text]) => (textIn(text).trim() === '' ? null : JSON.parse(textIn(text)))],
  'States.JsonToString': [1, 1, ([value]) => JSON.stringify(value)],
  'States.MathRandom': [
    2,
    3,
    ([from, to, seed], { random }) => {
      const [start, end] = [integerIn(from), integerIn(to)];
      if (end <= start) throw wrong(`an end above ${start}`, to);
      return start + Math.floor((seed === undefined ? random() : seeded(seed)) * (end - start));
    },
  ],
  'States.MathAdd': [2, 2, ([a, b]) => integerIn(a) + integerIn(b)],
  'States.StringSplit': [
    2,
    2,
    ([text, delimiters]) => {
      const ends = [...textIn(delimiters)].map((end) => `\\u{${end.codePointAt(0)?.toString(16)}}`);
      const parts = textIn(text).split(new RegExp(`[${ends.join('')}]`, 'u'));
      return parts.filter((part) => part !== '');
    },
  ],
  'States.UUID': [0, 0, (_, { uuid }) => uuid()],
};

/** A value within a text; objects and arrays read as Java writes them, as on AWS. */
function formatted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatted).join(', ')}]`;
  if (!isObject(value)) return String(value);
  const members = Object.entries(value).map(([key, item]) => `${key}=${formatted(item)}`);
  return `{${members.join(', ')}}`;
}

const wrong = (expected: string, value: unknown): Error =>
  new Error(`Expected ${expected}, got ${JSON.stringify(value)}.`);

function arrayIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong('an array', value);
}

function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  throw wrong('a string', value);
}

function shortTextIn(value: unknown): string {
  const text = textIn(value);
  if (text.length <= longestText) return text;
  throw wrong(`at most ${longestText} characters`, text.length);
}

/** An integer of 32 bits; fractions are rounded, halves up, as AWS does. */
function integerIn(value: unknown): number {
  const integer = typeof value === 'number' ? Math.round(value) : Number.NaN;
  if (integer === (integer | 0)) return integer | 0;
  throw wrong('an integer of 32 bits', value);
}

/** The same text for equal values, whatever the order of their members. */
function canonical(value: unknown): string {
  const sorted = (_: string, item: unknown) =>
    isObject(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item;
  return JSON.stringify(value, sorted);
}

/** The same number for the same seed, at least 0 and below 1. */
function seeded(seed: unknown): number {
  return (
    createHash('sha256')
      .update(String(integerIn(seed)))
      .digest()
      .readUInt32BE() /
    2 ** 32
  );
}
