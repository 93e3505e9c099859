import { AwsError } from '../wire/aws-error.ts';

/** Whether a line, or a JSON value within one, matches. */
type Test = (value: unknown) => boolean;

/**
 * Reads a filter pattern: terms (`ERROR "not found" -debug`, `?one ?other`) or a JSON expression
 * (`{ $.level = "ERROR" && ($.ms > 5 || $.error NOT EXISTS) }`).
 * @throws AwsError InvalidParameterException for what is not evaluated: regular expressions, space-delimited patterns.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function parseFilterPattern(pattern: string): (message: string) => boolean {
  const [, expression] = /^\s*\{(.*)\}\s*$/s.exec(pattern) ?? [];
  if (expression === undefined) return terms(pattern.trim());
  const tokens = tokensOf(expression.trim());
  const holds = tokens && oneOf(tokens);
  if (!holds || tokens.length > 0) {
    throw invalid(pattern, '{ $.name = "value" } with = != < > <= >=, IS NULL, NOT EXISTS, &&, || and ()');
  }
  return (message) => {
    try {
      return message.startsWith('{') && holds(JSON.parse(message));
    } catch {
      return false;
    }
  };
}

/** All plain terms and none with `-` occur; or one of those with `?`. */
function terms(pattern: string): (message: string) => boolean {
  const found = pattern.match(/[-?]?"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const of = (sign: string) =>
    found
      .filter((term) => term.replace(/\w*$|".*/s, '') === sign)
      .map((term) => text(term.slice(sign.length)));
  const [all, none, any] = [of(''), of('-'), of('?')];
  if (all.length + none.length + any.length < found.length || (any.length > 0 && any.length < found.length)) {
    throw invalid(
      pattern,
      'terms of letters, digits and _, others in quotes; either ?terms or plain and -terms',
    );
  }
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term)));
}

const tokenKinds =
  /\s*(&&|\|\||[()]|[!<>]?=|[<>]|IS NULL|IS TRUE|IS FALSE|NOT EXISTS|\$(?:\.[\w-]+|\[\d+\])+|"(?:[^"\\]|\\.)*"|[\w.*+-]+)/y;

function tokensOf(source: string): string[] | undefined {
  const tokens: string[] = [];
  tokenKinds.lastIndex = 0;
  while (tokenKinds.lastIndex < source.length) {
    const token = tokenKinds.exec(source)?.[1];
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  return tokens;
}

/** Reads conditions joined by `||`, of which those joined by `&&` belong together. */
function oneOf(tokens: string[]): Test | undefined {
  const either: Test[] = [];
  do {
    const all: Test[] = [];
    do {
      const test = condition(tokens);
      if (!test) return undefined;
      all.push(test);
    } while (tokens[0] === '&&' && tokens.shift());
    either.push((json) => all.every((test) => test(json)));
  } while (tokens[0] === '||' && tokens.shift());
  return (json) => either.some((test) => test(json));
}

function condition(tokens: string[]): Test | undefined {
  const [selector = '', operator = ''] = tokens.splice(0, tokens[0] === '(' ? 1 : 2);
  if (selector === '(') {
    const inner = oneOf(tokens);
    return tokens.shift() === ')' ? inner : undefined;
  }
  const test = operator in states ? states[operator] : comparison(operator, tokens.shift() ?? '');
  const path = selector.match(/[\w-]+/g) ?? [];
  return selector.startsWith('$') && test ? (json) => test(at(json, path)) : undefined;
}

/** Comparisons without a value. */
const states: Readonly<Record<string, Test | undefined>> = {
  'IS NULL': (value) => value === null,
  'IS TRUE': (value) => value === true,
  'IS FALSE': (value) => value === false,
  'NOT EXISTS': (value) => value === undefined,
};

const comparisons: Readonly<Record<string, ((actual: number, wanted: number) => boolean) | undefined>> = {
  '=': (actual, wanted) => actual === wanted,
  '!=': (actual, wanted) => actual !== wanted,
  '<': (actual, wanted) => actual < wanted,
  '>': (actual, wanted) => actual > wanted,
  '<=': (actual, wanted) => actual <= wanted,
  '>=': (actual, wanted) => actual >= wanted,
};

/** A number is compared with numbers; a text, in which `*` stands for anything, with texts. */
function comparison(operator: string, wanted: string): Test | undefined {
  const compare = comparisons[operator];
  if (!compare || !/^["\w.*+-]/.test(wanted)) return undefined;
  const number = Number(wanted);
  if (!Number.isNaN(number)) return (value) => typeof value === 'number' && compare(value, number);
  if (!operator.endsWith('=') || /[<>]/.test(operator)) return undefined;
  const source = text(wanted).replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  const expression = new RegExp(`^${source.replaceAll('*', '.*')}$`, 's');
  return (value) => typeof value === 'string' && expression.test(value) === (operator === '=');
}

function at(json: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => {
    return Object.hasOwn(Object(value), name) ? (value as Record<string, unknown>)[name] : undefined;
  }, json);
}

/** A term without its quotes. */
const text = (term: string): string =>
  term.startsWith('"') ? term.slice(1, -1).replace(/\\(.)/g, '$1') : term;

function invalid(pattern: string, allowed: string): AwsError {
  const message = `Invalid filter pattern: ${pattern}; the local cloud evaluates ${allowed}`;
  return new AwsError('InvalidParameterException', message);
}
