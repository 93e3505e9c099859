import { memberOf } from '../wire/member-of.ts';

/** Whether an event matches a pattern. */
export type EventPattern = (event: unknown) => boolean;

type Matcher = (leaf: unknown) => boolean;

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
  if (!isObject(parsed)) {
    throw new Error(`an event pattern is ${JSON.stringify(pattern)}; allowed: an object in JSON`);
  }
  return compiled(parsed, '');
}

/** Every field named must match. */
function compiled(pattern: Record<string, unknown>, prefix: string): EventPattern {
  if (Object.keys(pattern).length === 0) {
    throw new Error(
      `${prefix.slice(0, -1) || 'all'} of an event pattern is {}; allowed: an object with at least one field`,
    );
  }
  const tests = Object.entries(pattern).map(([field, wanted]): EventPattern => {
    const place = `${prefix}${field}`;
    if (field === '$or') {
      if (!Array.isArray(wanted) || wanted.length < 2 || !wanted.every(isObject)) {
        throw new Error(`${place} of an event pattern must list two or more patterns`);
      }
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
    if (!Array.isArray(wanted) || wanted.length === 0) {
      throw new Error(
        `${place} of an event pattern is ${JSON.stringify(wanted)}; allowed: a list of values, or an object`,
      );
    }
    const matchers = wanted.map((one) => leavesMatcher(one, place));
    // Only values without fields of their own exist for a pattern, as on AWS: `exists` never holds for an object.
    return (event) => {
      const leaves = valuesOf(event).filter((leaf) => leaf !== undefined && !isObject(leaf));
      return matchers.some((matches) => matches(leaves));
    };
  });
  return (event) => tests.every((matches) => matches(event));
}

/** Of a field's values, any must match. */
function leavesMatcher(wanted: unknown, place: string): (leaves: readonly unknown[]) => boolean {
  const matcher = matcherOf(wanted, place);
  if (!isObject(wanted) || !('exists' in wanted)) return (leaves) => leaves.some(matcher);
  const { exists } = wanted;
  return (leaves) => exists === leaves.length > 0;
}

function matcherOf(wanted: unknown, place: string): Matcher {
  if (!isObject(wanted)) {
    if (Array.isArray(wanted)) throw new Error(`${place} of an event pattern has a list in its list`);
    return (leaf) => leaf === wanted;
  }
  const [[operator, operand] = ['', undefined], ...others] = Object.entries(wanted);
  const create = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
  const matcher = others.length === 0 ? create?.(operand) : undefined;
  if (!matcher) {
    const allowed = Object.keys(operators).join(', ');
    throw new Error(
      `${place} of an event pattern has ${JSON.stringify(wanted)}; allowed operators: ${allowed}`,
    );
  }
  return matcher;
}

/** By name; each gives a matcher, or nothing when its operand is not allowed. */
const operators: Readonly<Record<string, (operand: unknown) => Matcher | undefined>> = {
  exists: (operand) => (typeof operand === 'boolean' ? () => operand : undefined),
  prefix: (operand) => affix(operand, (text, wanted) => text.startsWith(wanted)),
  suffix: (operand) => affix(operand, (text, wanted) => text.endsWith(wanted)),
  'equals-ignore-case': (operand) =>
    isText(operand) ? (leaf) => isText(leaf) && leaf.toLowerCase() === operand.toLowerCase() : undefined,
  'anything-but': (operand) => {
    if (isObject(operand)) {
      const [[operator, inner] = ['', undefined], ...others] = Object.entries(operand);
      if (others.length > 0 || !['prefix', 'suffix', 'equals-ignore-case'].includes(operator))
        return undefined;
      const matchers = [inner].flat().map((one) => operators[operator]?.(one));
      if (matchers.length === 0 || matchers.includes(undefined)) return undefined;
      return (leaf) => isText(leaf) && !matchers.some((matcher) => matcher?.(leaf));
    }
    const unwanted: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
    const type = new Set(unwanted.map((one) => typeof one)).size === 1 ? typeof unwanted[0] : '';
    return ['string', 'number'].includes(type) ? (leaf) => !unwanted.includes(leaf) : undefined;
  },
  numeric: (operand) => {
    const [first, low, second, high, ...others] = Array.isArray(operand) ? operand : [];
    const [atLeast, atMost] = [comparisons.get(first), comparisons.get(second)];
    if (!atLeast || typeof low !== 'number' || others.length > 0) return undefined;
    // A number in a text, as DynamoDB writes its own, is no number.
    if (second === undefined) return (leaf) => typeof leaf === 'number' && atLeast(leaf, low);
    if (!first.startsWith('>') || !second.startsWith?.('<') || !atMost || !(low < high)) return undefined;
    return (leaf) => typeof leaf === 'number' && atLeast(leaf, low) && atMost(leaf, high);
  },
};

const comparisons: ReadonlyMap<string, (leaf: number, bound: number) => boolean> = new Map([
  ['=', (leaf, bound) => leaf === bound],
  ['<', (leaf, bound) => leaf < bound],
  ['<=', (leaf, bound) => leaf <= bound],
  ['>', (leaf, bound) => leaf > bound],
  ['>=', (leaf, bound) => leaf >= bound],
]);

function affix(operand: unknown, test: (text: string, wanted: string) => boolean): Matcher | undefined {
  if (isText(operand)) return (leaf) => isText(leaf) && test(leaf, operand);
  if (!isObject(operand) || Object.keys(operand).join() !== 'equals-ignore-case') return undefined;
  const wanted = operand['equals-ignore-case'];
  return isText(wanted)
    ? (leaf) => isText(leaf) && test(leaf.toLowerCase(), wanted.toLowerCase())
    : undefined;
}

const isText = (value: unknown): value is string => typeof value === 'string';

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
