import { existing } from './expression.ts';
import { isObject, parseReferencePath, type Scope } from './json-path.ts';
import { timestampNanoseconds } from './timestamp.ts';

/** Whether a rule matches. @throws StateError States.Runtime when a path has no value, except for IsPresent */
export type Condition = (scope: Scope) => boolean;

type Comparable = string | number | bigint | boolean;
type Relation = (a: Comparable, b: Comparable) => boolean;

const typed = (type: string) => (value: unknown) =>
  typeof value === type ? (value as Comparable) : undefined;
/** Operands as they compare; undefined for values of another type, which no comparison matches. */
const kinds: Readonly<Record<string, (value: unknown) => Comparable | undefined>> = {
  String: typed('string'),
  Numeric: typed('number'),
  Boolean: typed('boolean'),
  Timestamp: timestampNanoseconds,
};
const relations: Readonly<Record<string, Relation>> = {
  Equals: (a, b) => a === b,
  LessThan: (a, b) => a < b,
  LessThanEquals: (a, b) => a <= b,
  GreaterThan: (a, b) => a > b,
  GreaterThanEquals: (a, b) => a >= b,
};
const combinations: Readonly<Record<string, (rules: readonly Condition[]) => Condition>> = {
  And: (rules) => (scope) => rules.every((holds) => holds(scope)),
  Or: (rules) => (scope) => rules.some((holds) => holds(scope)),
  Not: (rules) => (scope) => !rules.some((holds) => holds(scope)),
};
const typeTest = /^Is(String|Numeric|Boolean|Timestamp|Null|Present)$/;
const comparison = /^(?<kind>String|Numeric|Boolean|Timestamp)(?<relation>\w+?)(?<path>Path)?$/;

/**
 * Reads a rule of a Choice state.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
 * @throws Error naming what is wrong in the rule.
 */
export function parseChoice(rule: unknown): Condition {
  if (!isObject(rule)) throw new Error(`a rule needs to be an object, got ${JSON.stringify(rule)}`);
  const { Variable, Next: _, Comment: __, ...operators } = rule;
  const [[operator, operand] = ['', undefined], ...others] = Object.entries(operators);
  if (operator === '' || others.length > 0) {
    throw new Error(`a rule has one operator, got ${Object.keys(operators).join(', ') || 'none'}`);
  }
  const combine = combinations[operator];
  if (combine) return combine(innerRules(operator, operand));
  if (typeof Variable !== 'string') throw new Error(`${operator} needs a Variable`);
  const { read } = parseReferencePath(Variable);
  const value = valueAt(Variable);
  const test = typeTest.exec(operator);
  if (test) {
    expect(operator, 'Boolean', operand);
    if (operator === 'IsPresent') return (scope) => (read(scope) !== undefined) === operand;
    const of = kinds[test[1] ?? ''] ?? ((given) => (given === null ? true : undefined));
    return (scope) => (of(value(scope)) !== undefined) === operand;
  }
  if (operator === 'StringMatches') {
    const pattern = patternOf(String(expect(operator, 'String', operand)));
    return (scope) => {
      const text = value(scope);
      return typeof text === 'string' && pattern.test(text);
    };
  }
  const { kind = '', relation = '', path } = comparison.exec(operator)?.groups ?? {};
  const [comparable, relates] = [kinds[kind], relations[relation]];
  if (!comparable || !relates || (kind === 'Boolean' && relation !== 'Equals')) {
    throw new Error(`${operator} is not a comparison operator`);
  }
  const other = path ? valueAt(String(operand)) : () => operand;
  if (!path) expect(operator, kind, operand);
  return (scope) => {
    const [a, b] = [comparable(value(scope)), comparable(other(scope))];
    return a !== undefined && b !== undefined && relates(a, b);
  };
}

function innerRules(operator: string, operand: unknown): Condition[] {
  const rules = operator === 'Not' ? [operand] : operand;
  if (!Array.isArray(rules) || rules.length === 0) throw new Error(`${operator} needs a list of rules`);
  if (!rules.some((rule) => rule?.Next !== undefined)) return rules.map(parseChoice);
  throw new Error(`a rule within ${operator} has no Next`);
}

function valueAt(path: string): (scope: Scope) => unknown {
  const cause = "The choice state's condition path references an invalid value.";
  return existing(parseReferencePath(path), () => `Invalid path '${path}': ${cause}`);
}

function expect(operator: string, kind: string, operand: unknown): unknown {
  if (kinds[kind]?.(operand) !== undefined) return operand;
  throw new Error(`${operator} needs a ${kind.toLowerCase()} value, got ${JSON.stringify(operand)}`);
}

/** `*` is any text, `\*` and `\\` are themselves. */
function patternOf(text: string): RegExp {
  const source = [...text.matchAll(/\\.|./gsu)].map(([token]) => {
    if (token === '*') return '.*';
    if (!/^\\[^*\\]?$/su.test(token)) return token.replace(/^\\/, '').replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&');
    throw new Error(`StringMatches takes a backslash only before * and \\, got ${text}`);
  });
  return new RegExp(`^${source.join('')}$`, 'su');
}
