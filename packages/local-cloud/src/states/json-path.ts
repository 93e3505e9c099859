import { StateError } from './state-error.ts';

/** Where intrinsic functions get their chance from; `random` gives at least 0 and below 1. */
export type Chance = { readonly random: () => number; readonly uuid: () => string };

/** What a definition's expressions read: `$` is the input, `$$` the context object. */
export interface Scope {
  readonly input: unknown;
  readonly context: unknown;
  readonly chance: Chance;
}

export type JsonPath = ReturnType<typeof parsePath>;

/** A step from a value into it. A step with a key leads to one value at most. */
interface Step {
  readonly key?: string | number;
  readonly from: (value: unknown) => readonly unknown[];
}

const step =
  /\.?\[(?:(?<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<index>-?\d+)|(?<slice>\d+:\d+|-?\d+:|:-?\d+)|\*)\]|\.(?:\*|(?<name>[^\s.[\](){}'"?@*,:$]+))/guy;

/**
 * Reads a path as AWS does: as Jayway JsonPath, except that a path that may lead to several values never fails.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
 * @throws Error for a path that is not supported.
 */
export function parsePath(text: string) {
  const steps = stepsOf(text);
  const isReference = steps.every(({ key }) => key !== undefined);
  const keys = steps.map(({ key }) => (typeof key === 'string' ? `['${key}']` : `[${key ?? '*'}]`));
  return {
    text,
    /** Each step in brackets, as AWS gives it in error texts. */
    normalized: `$${keys.join('')}`,
    /** Whether it leads to at most one value. */
    isReference,
    /** The value, or undefined; an array, empty without a match, when the path may lead to several. */
    read({ input, context }: Scope): unknown {
      let values: readonly unknown[] = [text.startsWith('$$') ? context : input];
      for (const { from } of steps) values = values.flatMap(from);
      return isReference ? values[0] : values;
    },
  };
}

/** @throws Error when the path may lead to more than one value. */
export function parseReferencePath(text: string): JsonPath {
  const path = parsePath(text);
  if (path.isReference) return path;
  throw new Error(`the path ${text} can lead to more than one value; allowed are member names and indexes`);
}

/**
 * How a state's result goes into its input, of which a copy is made: a ResultPath.
 * @throws Error unless the path is made of member names.
 */
export function parseResultPath(text: string): (input: unknown, result: unknown) => unknown {
  const keys = stepsOf(text).map(({ key }) => key);
  if (text.startsWith('$$') || keys.some((key) => typeof key !== 'string')) {
    throw new Error(`a result cannot be placed at ${text}; allowed are $ and member names of the input`);
  }
  const write = (into: unknown, [key, ...rest]: readonly unknown[], result: unknown): unknown => {
    if (key === undefined) return result;
    const name = String(key);
    if (isObject(into)) {
      return { ...into, [name]: write(Object.hasOwn(into, name) ? into[name] : {}, rest, result) };
    }
    const cause = `Unable to apply step "${name}" of ResultPath ${text} to ${JSON.stringify(into)}`;
    throw new StateError('States.ResultPathMatchFailure', cause);
  };
  return (input, result) => write(input, keys, result);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stepsOf(text: string): Step[] {
  const start = /^\$\$?/.exec(text)?.[0].length ?? 0;
  const found = [...text.slice(start).matchAll(step)];
  if (start > 0 && found.map(([part]) => part).join('').length === text.length - start) {
    return found.map(({ groups }) => stepOf(groups ?? {}));
  }
  const reason = 'is not supported; the local cloud has member names, indexes, slices and wildcards,';
  throw new Error(`the path ${text} ${reason} no filters, functions or variables`);
}

function stepOf({ quoted, name, index, slice }: Readonly<Record<string, string | undefined>>): Step {
  const key = quoted?.slice(1, -1).replace(/\\(.)/gu, '$1') ?? name;
  if (key !== undefined) {
    return { key, from: (value) => (isObject(value) && Object.hasOwn(value, key) ? [value[key]] : []) };
  }
  const at = Number(index);
  const bounds = slice?.split(':').map((bound) => (bound === '' ? undefined : Number(bound)));
  const [start, end] = bounds ?? [at, at + 1 || undefined];
  const sliced = (value: unknown) => (Array.isArray(value) ? value.slice(start, end) : []);
  if (index ?? slice) return index ? { key: at, from: sliced } : { from: sliced };
  return { from: (value) => (typeof value === 'object' && value !== null ? Object.values(value) : []) };
}
