import { memberOf } from '../wire/member-of.ts';

/** Whether an event matches a pattern. */
export type EventPattern = (event: unknown) => boolean;

type Matcher = (leaf: unknown) => boolean;
type Operator = (operand: unknown) => Matcher | undefined;

/**
 * Reads an event pattern as EventBridge rules and Lambda's event filters write them.
 * @throws Error naming the part that is not a pattern, and what is allowed.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function parsePattern(pattern: unknown): EventPattern {
  let parsed = pattern;
  try {
    if (typeof pattern === 'string') parsed = JSON.parse(pattern);
  } catch {}
  if (isObject(parsed)) return compiled(parsed, '');
  throw new Error(`an event pattern is ${JSON.stringify(pattern)}; allowed: an object in JSON`);
}

/** Every field named must match. */
function compiled(pattern: Record<string, unknown>, prefix: string): EventPattern {
  const refuse = (place: string, what: string): Error => new Error(`${place} of an event pattern ${what}`);
  const tests = Object.entries(pattern).map(([field, wanted]): EventPattern => {
    const place = `${prefix}${field}`;
    if (field === '$or') {
      if (!Array.isArray(wanted) || wanted.length < 2 || !wanted.every(isObject))
        throw refuse(place, 'must list two or more patterns');
      const branches = wanted.map((branch) => compiled(branch, prefix));
      return (event) => branches.some((matches) => matches(event));
    }
    const valuesOf = (event: unknown) => [memberOf(event, field)].flat(Infinity);
    if (isObject(wanted)) {
      const matches = compiled(wanted, `${place}.`);
      // An absent object is looked into as well: its fields do not exist. Of a list, one element must match wholly.
      return (event) => {
        const values = valuesOf(event);
        return (values.length === 0 ? [undefined] : values).some(matches);
      };
    }
    if (!Array.isArray(wanted) || wanted.length === 0)
      throw refuse(place, `is ${JSON.stringify(wanted)}; allowed: a list of values, or an object`);
    const matchers = wanted.map((one) => {
      if (Array.isArray(one)) throw refuse(place, 'has a list in its list');
      const matcher = isObject(one) ? operatorOf(one) : (leaf: unknown) => leaf === one;
      if (matcher) return { matcher, exists: memberOf(one, 'exists') };
      const allowed = Object.keys(operators).join(', ');
      throw refuse(place, `has ${JSON.stringify(one)}; allowed operators: ${allowed}`);
    });
    // Only values without fields of their own exist for a pattern, as on AWS: `exists` never holds for an object.
    return (event) => {
      const leaves = valuesOf(event).filter((leaf) => leaf !== undefined && !isObject(leaf));
      return matchers.some(({ matcher, exists }) =>
        exists === undefined ? leaves.some(matcher) : exists === leaves.length > 0,
      );
    };
  });
  if (tests.length === 0)
    throw refuse(prefix.slice(0, -1) || 'all', 'is {}; allowed: an object with at least one field');
  return (event) => tests.every((matches) => matches(event));
}

/** The matcher of `{ operator: operand }`; undefined when it is not allowed. */
function operatorOf(wanted: Record<string, unknown>, allowed = Object.keys(operators)): Matcher | undefined {
  const [[name, operand] = ['', undefined], ...others] = Object.entries(wanted);
  return others.length === 0 && allowed.includes(name) ? operators[name]?.(operand) : undefined;
}

const affix =
  (test: (text: string, wanted: string) => boolean): Operator =>
  (operand) => {
    if (isText(operand)) return (leaf) => isText(leaf) && test(leaf, operand);
    const wanted = memberOf(operand, 'equals-ignore-case');
    if (!isText(wanted) || Object.keys(operand as object).length > 1) return undefined;
    return (leaf) => isText(leaf) && test(leaf.toLowerCase(), wanted.toLowerCase());
  };

const comparisons: ReadonlyMap<unknown, (leaf: number, bound: number) => boolean> = new Map([
  ['=', (leaf, bound) => leaf === bound],
  ['<', (leaf, bound) => leaf < bound],
  ['<=', (leaf, bound) => leaf <= bound],
  ['>', (leaf, bound) => leaf > bound],
  ['>=', (leaf, bound) => leaf >= bound],
]);

const operators: Readonly<Record<string, Operator>> = {
  exists: (operand) => (typeof operand === 'boolean' ? () => operand : undefined),
  prefix: affix((text, wanted) => text.startsWith(wanted)),
  suffix: affix((text, wanted) => text.endsWith(wanted)),
  'equals-ignore-case': (operand) =>
    isText(operand) ? (leaf) => isText(leaf) && leaf.toLowerCase() === operand.toLowerCase() : undefined,
  'anything-but': (operand) => {
    if (isObject(operand)) {
      const unwanted = operatorOf(operand, ['prefix', 'suffix', 'equals-ignore-case']);
      return unwanted && ((leaf) => isText(leaf) && !unwanted(leaf));
    }
    const unwanted: readonly unknown[] = [operand].flat();
    const [type, ...others] = new Set(unwanted.map((one) => typeof one));
    if (others.length > 0 || (type !== 'string' && type !== 'number')) return undefined;
    return (leaf) => !unwanted.includes(leaf);
  },
  numeric: (operand) => {
    const [first, low, second, high, ...others] = Array.isArray(operand) ? operand : [];
    const [atLeast, atMost] = [comparisons.get(first), comparisons.get(second)];
    if (!atLeast || typeof low !== 'number' || others.length > 0) return undefined;
    // A number in a text, as DynamoDB writes its own, is no number.
    if (second === undefined) return (leaf) => typeof leaf === 'number' && atLeast(leaf, low);
    if (!first.startsWith('>') || !atMost || !second.startsWith('<') || !(low < high)) return undefined;
    return (leaf) => typeof leaf === 'number' && atLeast(leaf, low) && atMost(leaf, high);
  },
};

const isText = (value: unknown): value is string => typeof value === 'string';

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
