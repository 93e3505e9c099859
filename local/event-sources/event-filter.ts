/** An event pattern, checked. */
export type EventPattern = Readonly<Record<string, unknown>>;

type Matcher = (leaf: unknown) => boolean;

/**
 * Reads an event pattern as EventBridge rules and Lambda's event filters write them.
 * @throws Error naming the part that is not a pattern, and what is allowed.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function parsePattern(pattern: unknown): EventPattern {
  const parsed = typeof pattern === 'string' ? JSON.parse(pattern) : pattern;
  if (!isObject(parsed) || Object.keys(parsed).length === 0) {
    throw new Error(
      `an event pattern is ${JSON.stringify(parsed)}; allowed: an object with at least one field`,
    );
  }
  check(parsed, '');
  return parsed;
}

/** Whether an event matches a pattern: every field named does, and of a field's list any. */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    if (field === '$or') return (wanted as EventPattern[]).some((branch) => matchesPattern(branch, event));
    const value = isObject(event) ? event[field] : undefined;
    if (isObject(wanted)) {
      // An absent object is looked into as well: its fields do not exist. Of a list, one element must match wholly.
      const candidates = [value].flat(Number.POSITIVE_INFINITY);
      return (candidates.length === 0 ? [undefined] : candidates).some((one) => matchesPattern(wanted, one));
    }
    return (wanted as unknown[]).some((matcher) => matchesLeaves(matcher, leavesOf(value)));
  });
}

/** Only values without fields of their own exist for a pattern, as on AWS: `exists` never holds for an object. */
function leavesOf(value: unknown): unknown[] {
  return [value].flat(Number.POSITIVE_INFINITY).filter((leaf) => leaf !== undefined && !isObject(leaf));
}

function matchesLeaves(wanted: unknown, leaves: readonly unknown[]): boolean {
  if (isObject(wanted) && 'exists' in wanted) return wanted.exists === leaves.length > 0;
  return leaves.some(matcherOf(wanted, ''));
}

function check(pattern: Record<string, unknown>, prefix: string): void {
  for (const [field, wanted] of Object.entries(pattern)) {
    const place = `${prefix}${field}`;
    if (field === '$or') {
      if (!Array.isArray(wanted) || wanted.length < 2 || !wanted.every(isObject)) {
        throw new Error(`${place} of an event pattern must list two or more patterns`);
      }
      for (const branch of wanted) check(branch, prefix);
    } else if (isObject(wanted)) {
      check(wanted, `${place}.`);
    } else if (Array.isArray(wanted) && wanted.length > 0) {
      for (const matcher of wanted) matcherOf(matcher, place);
    } else {
      throw new Error(
        `${place} of an event pattern is ${JSON.stringify(wanted)}; allowed: a list of values, or an object`,
      );
    }
  }
}

function matcherOf(wanted: unknown, place: string): Matcher {
  if (!isObject(wanted)) {
    if (Array.isArray(wanted)) throw new Error(`${place} of an event pattern has a list in its list`);
    return (leaf) => leaf === wanted;
  }
  const [[operator, operand] = ['', undefined], ...others] = Object.entries(wanted);
  const create = operators[operator];
  const matcher = others.length === 0 ? create?.(operand) : undefined;
  if (!matcher) {
    const allowed = Object.keys(operators).join(', ');
    throw new Error(
      `${place} of an event pattern has ${JSON.stringify(wanted)}; allowed operators: ${allowed}`,
    );
  }
  return matcher;
}

/** Each gives a matcher, or nothing when its operand is not allowed. */
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
    const unwanted = [operand].flat();
    const allowed = unwanted.every((one) => isText(one) || typeof one === 'number');
    return allowed && unwanted.length > 0 ? (leaf) => !unwanted.includes(leaf as string) : undefined;
  },
  numeric: (operand) => {
    const list = Array.isArray(operand) ? operand : [];
    const tests = Array.from({ length: list.length / 2 }, (_, i) => {
      const [compare, bound] = [comparisons[list[2 * i]], list[2 * i + 1]];
      return compare && typeof bound === 'number' ? (leaf: number) => compare(leaf, bound) : undefined;
    });
    if (list.length % 2 === 1 || tests.length === 0 || tests.length > 2 || tests.includes(undefined))
      return undefined;
    // A number in a text, as DynamoDB writes its own, is no number.
    return (leaf) => typeof leaf === 'number' && tests.every((test) => test?.(leaf));
  },
};

const comparisons: Readonly<Record<string, (leaf: number, bound: number) => boolean>> = {
  '=': (leaf, bound) => leaf === bound,
  '<': (leaf, bound) => leaf < bound,
  '<=': (leaf, bound) => leaf <= bound,
  '>': (leaf, bound) => leaf > bound,
  '>=': (leaf, bound) => leaf >= bound,
};

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
