import { FormatLiteral, intrinsicFunctions } from './intrinsic-functions.ts';
import { isObject, type JsonPath, parsePath, type Scope } from './json-path.ts';
import { runtimeError, StateError } from './state-error.ts';

/** Gives its value. @throws StateError States.Runtime for a path without one, States.IntrinsicFailure */
export type Expression = (scope: Scope) => unknown;

const deepestCall = 10;
/** Functions whose result is a string, or may be: what ErrorPath and CausePath take. */
const textFunction = /^States\.(Format|JsonToString|ArrayGetItem|Base64Encode|Base64Decode|Hash|UUID)\(/;
const tokens = {
  text: /'((?:[^'\\]|\\.)*)'/suy,
  scalar: /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true\b|false\b|null\b/y,
  path: /\$\$?(?:\.?\[(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\]'"]*)\]|\.[\p{L}\p{N}_*]+)*/uy,
  name: /States\.\w+(?=\()/y,
  mark: /\s*([(),])\s*/y,
};

/**
 * Reads a template: members whose names end in `.$` get the values of their paths and intrinsic functions.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
 * @throws Error naming what is wrong in the template.
 */
export function parseTemplate(template: unknown): Expression {
  if (Array.isArray(template)) {
    const items = template.map(parseTemplate);
    return (scope) => items.map((item) => item(scope));
  }
  if (!isObject(template)) return () => template;
  const members = Object.entries(template).map(([key, value]): [string, Expression] => {
    if (!key.endsWith('.$')) return [key, parseTemplate(value)];
    const name = key.slice(0, -2);
    if (typeof value !== 'string') throw new Error(`"${key}" needs a path or an intrinsic function`);
    if (Object.hasOwn(template, name)) throw new Error(`"${name}" is given twice, once with .$`);
    return [name, parseExpression(value, key)];
  });
  return (scope) => Object.fromEntries(members.map(([name, value]) => [name, value(scope)]));
}

/**
 * Reads a path or a call such as `States.Format('Order {}', $.id)`.
 * @param field Whose value it is, for error texts.
 * @throws Error when it is neither.
 */
export function parseExpression(source: string, field: string): Expression {
  if (!source.startsWith('$')) return parseCall(source);
  return existing(parsePath(source), ({ input, context }) => {
    const given = JSON.stringify(source.startsWith('$$') ? context : input);
    return `The JSONPath '${source}' specified for the field '${field}' could not be found in the input '${given}'`;
  });
}

/** The same for a field that takes a string: a path, or a function that gives one. */
export function parseTextExpression(source: string, field: string): (scope: Scope) => string {
  const expression = parseExpression(source, field);
  if (!source.startsWith('$') && !textFunction.test(source)) {
    throw new Error(`${source} does not give a string, as ${field} needs it`);
  }
  return (scope) => {
    const value = expression(scope);
    if (typeof value === 'string') return value;
    throw runtimeError(`The ${field} field must give a string, but gives ${JSON.stringify(value)}`);
  };
}

/** The value at a path. @param absence What the States.Runtime error says when there is none. */
export function existing({ read }: JsonPath, absence: (scope: Scope) => string): Expression {
  return (scope) => {
    const value = read(scope);
    if (value !== undefined) return value;
    throw runtimeError(absence(scope));
  };
}

function parseCall(source: string): Expression {
  let at = 0;
  const take = (token: RegExp): string | undefined => {
    token.lastIndex = at;
    const found = token.exec(source);
    at += found?.[0].length ?? 0;
    return found?.[1] ?? found?.[0];
  };
  const refuse = (reason: string) => new Error(`${source} ${reason}`);
  const failure = (reason: string) => `The function '${source}' had the following error: ${reason}`;

  function call(depth: number): Expression {
    const name = take(tokens.name) ?? '';
    const known = intrinsicFunctions[name];
    if (!known) throw refuse('is neither a path nor a call of an intrinsic function');
    if (depth > deepestCall) throw refuse(`nests more than ${deepestCall} intrinsic functions`);
    take(tokens.mark);
    const args: Expression[] = [];
    let next = source[at] === ')' ? take(tokens.mark) : ',';
    while (next === ',') {
      args.push(argument(depth, name === 'States.Format' && args.length === 0));
      next = take(tokens.mark);
    }
    if (next !== ')') throw refuse(`cannot be read beyond character ${at}`);
    const [least, most] = known.arity;
    if (args.length < least || args.length > most) {
      const known = `in the local cloud ${name} takes ${least}`;
      throw refuse(`has too few or many arguments: ${known}, not ${args.length}`);
    }
    return (scope) => {
      const values = args.map((evaluate) => evaluate(scope));
      try {
        return known.call(values, scope.chance);
      } catch (error) {
        throw new StateError('States.IntrinsicFailure', failure((error as Error).message));
      }
    };
  }

  function argument(depth: number, isFormat: boolean): Expression {
    const literal = take(tokens.text);
    const parts = literal === undefined ? undefined : literalParts(literal);
    if (parts) return () => (isFormat ? FormatLiteral.from(parts) : parts.join('{}'));
    const scalar = take(tokens.scalar);
    if (scalar !== undefined) return () => JSON.parse(scalar);
    const path = take(tokens.path);
    if (path === undefined) return call(depth + 1);
    const what = `The JsonPath argument for the field '${path}'`;
    const absence = ({ input }: Scope) =>
      `${what} could not be found in the input '${JSON.stringify(input)}'`;
    return existing(parsePath(path), (scope) => failure(absence(scope)));
  }

  const whole = call(1);
  if (at === source.length) return whole;
  throw refuse(`cannot be read beyond character ${at}`);
}

/** The parts between each `{}`, with the escapes `\'`, `\{`, `\}` and `\\` resolved. */
function literalParts(literal: string): string[] {
  const parts = [''];
  for (const [token] of literal.matchAll(/\{\}|\\.|./gsu)) {
    if (/^\\[^'{}\\]$|^[{}]$/su.test(token)) {
      const rule = "needs a backslash before each ' { } and \\ that is text, and before nothing else";
      throw new Error(`'${literal}' ${rule}`);
    }
    if (token === '{}') parts.push('');
    else parts.push(`${parts.pop()}${token.replace(/^\\/, '')}`);
  }
  return parts;
}
