import { AwsError } from '../wire/aws-error.ts';

/** Whether a line matches. */
export type FilterPattern = (message: string) => boolean;

type Test = (value: unknown) => boolean;

/**
 * Reads a filter pattern: terms (`ERROR "not found" -debug`, `?one ?other`) or a JSON expression
 * (`{ $.level = "ERROR" && ($.ms > 5 || $.error NOT EXISTS) }`).
 * @throws AwsError InvalidParameterException for what is not evaluated here: regular expressions, space-delimited patterns.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function parseFilterPattern(pattern: string): FilterPattern {
  const text = pattern.trim();
  const [, expression] = /^\{(.*)\}$/s.exec(text) ?? [];
  if (expression === undefined) return terms(text);
  const holds = new JsonExpression(expression, pattern).parse();
  return (message) => {
    const json = parsed(message);
    return json !== undefined && holds(json);
  };
}

/** All plain terms and none with `-` occur; or one of those with `?`. */
function terms(text: string): FilterPattern {
  const found = text.match(/[-?]?"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const isPlain = (term: string) => /^[-?]?(\w+|".*")$/s.test(term);
  if (!found.every(isPlain)) throw invalid(text, 'terms of letters, digits and _, all others in quotes');
  const withSign = (sign: string) =>
    found
      .filter((term) => (/^[-?]/.exec(term)?.[0] ?? '') === sign)
      .map((term) => unquoted(term.slice(sign.length)));
  const [all, none, any] = [withSign(''), withSign('-'), withSign('?')];
  if (any.length > 0 && any.length < found.length) throw invalid(text, 'either ?terms or others');
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term)));
}

const tokenKinds =
  /\s*(&&|\|\||[()]|!=|<=|>=|[=<>]|IS NULL|IS TRUE|IS FALSE|NOT EXISTS|\$(?:\.[\w-]+|\[\d+\]|\.?\["[^"]+"\])+|"(?:[^"\\]|\\.)*"|[\w.*+-]+)/y;

/** Comparisons of a number with a number. */
const comparisons: Readonly<Record<string, (actual: number, wanted: number) => boolean>> = {
  '=': (actual, wanted) => actual === wanted,
  '!=': (actual, wanted) => actual !== wanted,
  '<': (actual, wanted) => actual < wanted,
  '>': (actual, wanted) => actual > wanted,
  '<=': (actual, wanted) => actual <= wanted,
  '>=': (actual, wanted) => actual >= wanted,
};

/** Comparisons without a value. */
const states: Readonly<Record<string, Test>> = {
  'IS NULL': (value) => value === null,
  'IS TRUE': (value) => value === true,
  'IS FALSE': (value) => value === false,
  'NOT EXISTS': (value) => value === undefined,
};

/** Recursive descent over the tokens of a JSON expression; `&&` binds more closely than `||`. */
class JsonExpression {
  readonly #pattern: string;
  readonly #tokens: string[] = [];

  constructor(expression: string, pattern: string) {
    this.#pattern = pattern;
    const source = expression.trim();
    tokenKinds.lastIndex = 0;
    for (let end = 0; end < source.length; end = tokenKinds.lastIndex) {
      const token = tokenKinds.exec(source)?.[1];
      if (token === undefined) throw this.#invalid();
      this.#tokens.push(token);
    }
  }

  parse(): Test {
    const test = this.#chain('||', () => this.#chain('&&', () => this.#condition()));
    if (this.#tokens.length > 0) throw this.#invalid();
    return test;
  }

  #chain(operator: '||' | '&&', next: () => Test): Test {
    const tests = [next()];
    while (this.#tokens[0] === operator) {
      this.#tokens.shift();
      tests.push(next());
    }
    return (json) =>
      operator === '||' ? tests.some((test) => test(json)) : tests.every((test) => test(json));
  }

  #condition(): Test {
    const first = this.#tokens.shift();
    if (first === '(') {
      const inner = this.#chain('||', () => this.#chain('&&', () => this.#condition()));
      if (this.#tokens.shift() !== ')') throw this.#invalid();
      return inner;
    }
    const operator = this.#tokens.shift() ?? '';
    if (!first?.startsWith('$')) throw this.#invalid();
    const path = [...first.matchAll(/\.([\w-]+)|\[(\d+)\]|\["([^"]+)"\]/g)].map(
      ([, a, b, c]) => a ?? b ?? c ?? '',
    );
    const test = Object.hasOwn(states, operator) ? states[operator] : this.#comparison(operator);
    return (json) => test?.(at(json, path)) ?? false;
  }

  /** A number is compared with numbers; a text, in which `*` stands for anything, with texts. */
  #comparison(operator: string): Test {
    const wanted = this.#tokens.shift();
    const compare = comparisons[operator];
    if (wanted === undefined || !compare || /^[()$&|]/.test(wanted)) throw this.#invalid();
    const number = Number(wanted);
    if (!Number.isNaN(number)) return (value) => typeof value === 'number' && compare(value, number);
    if (!['=', '!='].includes(operator)) throw this.#invalid();
    const source = unquoted(wanted)
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*');
    const text = new RegExp(`^${source}$`, 's');
    return (value) => typeof value === 'string' && text.test(value) === (operator === '=');
  }

  #invalid(): AwsError {
    return invalid(
      this.#pattern,
      '{ $.name = "value" } with = != < > <= >=, IS NULL, NOT EXISTS, &&, || and ()',
    );
  }
}

function at(json: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined,
    json,
  );
}

function unquoted(term: string): string {
  return term.startsWith('"') ? term.slice(1, -1).replace(/\\(.)/g, '$1') : term;
}

function parsed(message: string): unknown {
  if (!message.startsWith('{')) return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

function invalid(pattern: string, allowed: string): AwsError {
  const message = `Invalid filter pattern: ${pattern}; the local cloud evaluates ${allowed}`;
  return new AwsError('InvalidParameterException', message);
}
