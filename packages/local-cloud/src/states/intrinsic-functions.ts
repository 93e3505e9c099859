import { createHash } from 'node:crypto';
import { type Chance, isObject } from './json-path.ts';

/** A literal first argument of States.Format: the texts between each `{}`, so that escaped braces stay text. */
export class FormatLiteral {
  readonly parts: readonly string[];

  constructor(parts: readonly string[]) {
    this.parts = parts;
  }
}

/** Reads an argument as what a function takes. @throws Error naming what it takes and what it got */
type Reader<T> = (value: unknown) => T;

interface IntrinsicFunction {
  /** Fewest and most arguments. */
  readonly arity: readonly [number, number];
  /** @throws Error that tells what is wrong with the arguments. */
  readonly call: (values: readonly unknown[], chance: Chance) => unknown;
}

const longestText = 10_000;
const longestRange = 1_000;
const algorithms = ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

/** Those whose result is a string, or may be: what ErrorPath and CausePath take. */
export const textFunctions: readonly string[] = [
  ...['Format', 'JsonToString', 'ArrayGetItem', 'Base64Encode', 'Base64Decode', 'Hash', 'UUID'],
].map((name) => `States.${name}`);

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html */
export const intrinsicFunctions: Readonly<Record<string, IntrinsicFunction>> = {
  'States.Format': { arity: [1, Number.POSITIVE_INFINITY], call: format },
  'States.Array': { arity: [0, Number.POSITIVE_INFINITY], call: (items) => items },
  'States.ArrayPartition': taking([array, integer], (items, size) => {
    if (size < 1) throw wrong('a chunk size of at least 1', size);
    const starts = items.map((_, i) => i).filter((i) => i % size === 0);
    return starts.map((start) => items.slice(start, start + size));
  }),
  'States.ArrayContains': taking([array, any], (items, value) =>
    items.some((item) => canonical(item) === canonical(value)),
  ),
  'States.ArrayRange': taking([integer, integer, integer], (first, last, step) => {
    if (step === 0) throw wrong('a step other than 0', step);
    const length = Math.max(0, Math.floor((last - first) / step) + 1);
    if (length > longestRange) throw wrong(`at most ${longestRange} items`, length);
    return Array.from({ length }, (_, i) => first + i * step);
  }),
  'States.ArrayGetItem': taking([array, integer], (items, index) => {
    if (items[index] === undefined) throw wrong('an index of the array', index);
    return items[index];
  }),
  'States.ArrayLength': taking([array], (items) => items.length),
  'States.ArrayUnique': taking([array], (items) => [
    ...new Map(items.map((item) => [canonical(item), item])).values(),
  ]),
  'States.Base64Encode': taking([shortText], (data) => Buffer.from(data).toString('base64')),
  'States.Base64Decode': taking([shortText], (data) => {
    if (!/^(?:[\w+/-]{4})*(?:[\w+/-]{2,3}={0,2})?$/.test(data)) throw wrong('Base64', data);
    return Buffer.from(data, 'base64').toString();
  }),
  'States.Hash': taking([shortText, text], (data, algorithm) => {
    if (!algorithms.includes(algorithm)) throw wrong(`one of ${algorithms.join(', ')}`, algorithm);
    return createHash(algorithm.replace('-', '')).update(data).digest('hex');
  }),
  'States.JsonMerge': taking([object, object, any], (first, second, isDeep) => {
    if (isDeep !== false) throw wrong('false, for a shallow merge', isDeep);
    return { ...first, ...second };
  }),
  'States.StringToJson': taking([text], (json) => (json.trim() === '' ? null : JSON.parse(json))),
  'States.JsonToString': taking([any], (value) => JSON.stringify(value)),
  'States.MathRandom': {
    arity: [2, 3],
    call([from, to, seed], { random }) {
      const [start, end] = [integer(from), integer(to)];
      if (end <= start) throw wrong(`an end above ${start}`, end);
      return start + Math.floor((seed === undefined ? random() : seeded(integer(seed))) * (end - start));
    },
  },
  'States.MathAdd': taking([integer, integer], (a, b) => a + b),
  'States.StringSplit': taking([text, text], (whole, delimiters) => {
    const ends = [...delimiters].map((end) => `\\u{${end.codePointAt(0)?.toString(16)}}`).join('');
    return whole.split(new RegExp(`[${ends}]`, 'u')).filter((part) => part !== '');
  }),
  'States.UUID': { arity: [0, 0], call: (_, { uuid }) => uuid() },
};

/** A function of as many arguments as there are readers. */
function taking<T extends unknown[]>(
  readers: { [K in keyof T]: Reader<T[K]> },
  perform: (...values: T) => unknown,
): IntrinsicFunction {
  const { length } = readers;
  return {
    arity: [length, length],
    call: (values) => perform(...(readers.map((read, i) => read(values[i])) as T)),
  };
}

function format([template, ...values]: readonly unknown[]): string {
  const parts = template instanceof FormatLiteral ? template.parts : text(template).split('{}');
  if (parts.length !== values.length + 1) throw wrong(`${parts.length - 1} values for {}`, values.length);
  return parts.reduce((whole, part, i) => whole + formatted(values[i - 1]) + part);
}

/** A value within a text; objects and arrays read as Java writes them, as on AWS. */
function formatted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatted).join(', ')}]`;
  if (!isObject(value)) return String(value);
  const members = Object.entries(value).map(([key, item]) => `${key}=${formatted(item)}`);
  return `{${members.join(', ')}}`;
}

function wrong(expected: string, value: unknown): Error {
  return new Error(`Expected ${expected}, got ${JSON.stringify(value)}.`);
}

function any(value: unknown): unknown {
  return value;
}

function array(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong('an array', value);
}

function object(value: unknown): object {
  if (isObject(value)) return value;
  throw wrong('an object', value);
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw wrong('a string', value);
}

function shortText(value: unknown): string {
  if (text(value).length <= longestText) return text(value);
  throw wrong(`at most ${longestText} characters`, text(value).length);
}

/** Of 32 bits; fractions are rounded, halves up, as AWS does. */
function integer(value: unknown): number {
  const rounded = typeof value === 'number' ? Math.round(value) : Number.NaN;
  if (rounded === (rounded | 0)) return rounded | 0;
  throw wrong('an integer of 32 bits', value);
}

/** The same text for equal values, whatever the order of their members. */
function canonical(value: unknown): string {
  const sorted = (_: string, item: unknown) =>
    isObject(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item;
  return JSON.stringify(value, sorted);
}

/** The same number for the same seed, at least 0 and below 1. */
function seeded(seed: number): number {
  return createHash('sha256').update(String(seed)).digest().readUInt32BE() / 2 ** 32;
}
