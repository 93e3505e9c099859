import { existing } from './expression.ts';
import { isObject, parseReferencePath, type Scope } from './json-path.ts';
import { timestampNanoseconds } from './timestamp.ts';

/** Whether a rule matches. @throws StateError States.Runtime when a path has no value, except for IsPresent */
export type Condition = (scope: Scope) => boolean;

type Comparable = string | number | bigint | boolean;

const typed = (type: string) => (value: unknown) =>
  typeof value === type ? (value as Comparable) : undefined;
/** Operands as they compare; undefined for values of another type, which no comparison matches. */
const kinds: Readonly<Record<string, (value: unknown) => Comparable | undefined>> = {
  String: typed('string'),
  Numeric: typed('number'),
  Boolean: typed('boolean'),
  Timestamp: timestampNanoseconds,
};
const relations: Readonly<Record<string, (a: Comparable, b: Comparable) => boolean>> = {
  Equals: (a, b) => a === b,
  LessThan: (a, b) => a < b,
  LessThanEquals: (a, b) => a <= b,
  GreaterThan: (a, b) => a > b,
  GreaterThanEquals: (a, b) => a >= b,
};
/** Tests of values of any type; `Is` with the name of a kind tests for that. */
const isOf = (operator: string): ((value: unknown) => boolean) | undefined => {
  if (operator === 'IsPresent') return (value) => value !== undefined;
  if (operator === 'IsNull') return (value) => value === null;
  const kind = operator.startsWith('Is') && kinds[operator.slice(2)];
  return kind ? (value) => kind(value) !== undefined : undefined;
};
const combinations: Readonly<Record<string, (rules: readonly Condition[]) => Condition>> = {
  And: (rules) => (scope) => rules.every((holds) => holds(scope)),
  Or: (rules) => (scope) => rules.some((holds) => holds(scope)),
  Not: (rules) => (scope) => !rules.some((holds) => holds(scope)),
};
const comparison =
  /^(?:(?<kind>String|Numeric|Timestamp)(?<relation>(?:Less|Greater)Than(?:Equals)?|Equals)|(?<boolean>Boolean)Equals)(?<path>Path)?$/;

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
  const value = valueAt(Variable);
  const test = isOf(operator);
  if (test) {
    expect(operator, 'Boolean', operand);
    const read = operator === 'IsPresent' ? parseReferencePath(Variable).read : value;
    return (scope) => test(read(scope)) === operand;
  }
  if (operator === 'StringMatches') {
    const pattern = patternOf(String(expect(operator, 'String', operand)));
    return (scope) => {
      const text = value(scope);
      return typeof text === 'string' && pattern.test(text);
    };
  }
  const { kind, relation, boolean, path } = comparison.exec(operator)?.groups ?? {};
  const name = kind ?? boolean ?? '';
  const [comparable, relates] = [kinds[name], relations[relation ?? 'Equals']];
  if (!comparable || !relates) throw new Error(`${operator} is not a comparison operator`);
  const other = path ? valueAt(String(operand)) : () => operand;
  if (!path) expect(operator, name, operand);
  return (scope) => {
    const [a, b] = [comparable(value(scope)), comparable(other(scope))];
    return a !== undefined && b !== undefined && relates(a, b);
  };
}

function innerRules(operator: string, operand: unknown): Condition[] {
  const rules = operator === 'Not' ? [operand] : operand;
  if (!Array.isArray(rules) || rules.length === 0) throw new Error(`${operator} needs a list of rules`);
  if (rules.some((rule) => rule?.Next !== undefined)) {
    throw new Error(`a rule within ${operator} has no Next`);
  }
  return rules.map(parseChoice);
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
    if (/^\\[^*\\]?$/su.test(token)) {
      throw new Error(`StringMatches takes a backslash only before * and \\, got ${text}`);
    }
    return token.replace(/^\\/, '').replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 'su');
}
