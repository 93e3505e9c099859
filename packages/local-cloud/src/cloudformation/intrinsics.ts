/** What the intrinsic functions of a template may ask about. */
export interface Scope {
  /** A parameter, pseudo parameter or resource; `noValue` leaves the property out. */
  ref(name: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  condition(name: string): boolean;
  mapping(name: string, first: string, second: string): unknown;
  /** `Fn::Select` past the end of its list: throws, or gives a stand-in while planning. */
  pastEnd(index: number, list: readonly unknown[]): unknown;
}

/** What `{ "Ref": "AWS::NoValue" }` gives. */
export const noValue = Symbol('AWS::NoValue');

/**
 * Replaces every intrinsic function in a template value by what it gives.
 * @throws Error naming the function that is not known here, or an argument that it does not take.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export function resolve(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return literal(value);
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, scope)).filter((item) => item !== noValue);
  }
  if (value === null || typeof value !== 'object') return value;

  const entries = Object.entries(value);
  const [name, argument] = entries.find(([key]) => key === 'Ref' || key.startsWith('Fn::')) ?? [];
  if (name !== undefined) {
    if (entries.length > 1) throw new Error(`${name} must be the only member of ${JSON.stringify(value)}`);
    const run = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (!run) throw new Error(`${name} is not known; allowed: ${Object.keys(functions).join(', ')}`);
    return run(argument, scope, name);
  }
  const members = entries.map(([key, item]) => {
    if (item === null) throw new Error(`${key} is null, which CloudFormation does not take; leave it out`);
    return [key, resolve(item, scope)] as const;
  });
  return Object.fromEntries(members.filter(([, item]) => item !== noValue));
}

/** Evaluates a template condition. */
export function holds(condition: unknown, scope: Scope): boolean {
  const [[name, argument] = ['none'], ...others] = Object.entries(condition as object);
  const test = others.length === 0 && Object.hasOwn(conditions, name) ? conditions[name] : undefined;
  if (test) return test(argument, scope, name);
  const allowed = Object.keys(conditions).join(', ');
  throw new Error(`condition function ${name} is not known; allowed: ${allowed}, one at a time`);
}

const conditions: Readonly<Record<string, (argument: unknown, scope: Scope, name: string) => boolean>> = {
  Condition: (argument, scope) => scope.condition(String(argument)),
  'Fn::Equals': (argument, scope, name) => {
    // Parameters are texts, so that 1 equals "1".
    const [left, right] = list(name, argument, 2).map((item) => {
      const value = resolve(item, scope);
      return typeof value === 'object' ? JSON.stringify(value) : textOf(name, value);
    });
    return left === right;
  },
  'Fn::And': (argument, scope, name) => list(name, argument, 2, 10).every((item) => holds(item, scope)),
  'Fn::Or': (argument, scope, name) => list(name, argument, 2, 10).some((item) => holds(item, scope)),
  'Fn::Not': (argument, scope, name) => !holds(list(name, argument, 1)[0], scope),
};

/** A value as the text that CloudFormation makes of it. @throws Error when it is a list, an object or no value. */
export function textOf(place: string, value: unknown): string {
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value);
  throw new Error(`${place} needs a text, but got ${JSON.stringify(value) ?? 'AWS::NoValue'}`);
}

const functions: Readonly<Record<string, (argument: unknown, scope: Scope, name: string) => unknown>> = {
  Ref: (argument, scope, name) => scope.ref(textOf(name, argument)),
  'Fn::GetAtt': (argument, scope, name) => {
    // The short form is "Resource.Attribute"; attributes themselves may hold dots.
    const [logicalId, attribute] = list(
      name,
      typeof argument === 'string' ? argument.split(/\.(.*)/, 2) : argument,
      2,
    );
    return scope.attribute(textOf(name, logicalId), textOf(name, resolve(attribute, scope)));
  },
  'Fn::Join': (argument, scope, name) => {
    const [separator, items] = list(name, argument, 2);
    const texts = list(name, resolve(items, scope)).map((item) => textOf(name, item));
    return texts.join(textOf(name, separator));
  },
  'Fn::Split': (argument, scope, name) => {
    const [separator, source] = list(name, argument, 2);
    if (typeof separator !== 'string' || separator === '') throw new Error(`${name} needs a delimiter`);
    return textOf(name, resolve(source, scope)).split(separator);
  },
  'Fn::Select': (argument, scope, name) => {
    const [position, source] = list(name, argument, 2);
    const index = textOf(name, resolve(position, scope));
    if (!/^\d+$/.test(index)) throw new Error(`${name} has the index ${index}; allowed: 0, 1, …`);
    const items = list(name, resolve(source, scope));
    return Number(index) in items ? items[Number(index)] : scope.pastEnd(Number(index), items);
  },
  'Fn::Sub': (argument, scope, name) => {
    const [text, variables] = list(name, typeof argument === 'string' ? [argument, {}] : argument, 2);
    return substitute(textOf(name, text), variables as Record<string, unknown>, scope);
  },
  'Fn::If': (argument, scope, name) => {
    const [condition, whenTrue, whenFalse] = list(name, argument, 3);
    return resolve(scope.condition(textOf(name, condition)) ? whenTrue : whenFalse, scope);
  },
  'Fn::FindInMap': (argument, scope, name) => {
    const keys = list(name, argument, 3).map((item) => textOf(name, resolve(item, scope)));
    return scope.mapping(...(keys as [string, string, string]));
  },
};

function substitute(text: string, variables: Record<string, unknown>, scope: Scope): string {
  return literal(text).replace(/\$\{([^}]*)\}/g, (whole, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    if (Object.hasOwn(variables, name)) return textOf('Fn::Sub', resolve(variables[name], scope));
    const [logicalId = '', ...attribute] = name.trim().split('.');
    if (logicalId === '') throw new Error(`Fn::Sub cannot read ${whole}`);
    const value =
      attribute.length > 0 ? scope.attribute(logicalId, attribute.join('.')) : scope.ref(logicalId);
    return textOf('Fn::Sub', value);
  });
}

function literal(text: string): string {
  // A secret or SSM parameter of a real account: passing the reference on unread would surprise later and elsewhere.
  if (text.includes('{{resolve:')) throw new Error(`the dynamic reference in "${text}" needs an AWS account`);
  return text;
}

/** The arguments of a function. @throws Error when they are no list of that length. */
function list(name: string, value: unknown, min?: number, max = min): readonly unknown[] {
  const isLong = Array.isArray(value) && value.length >= (min ?? 0) && value.length <= (max ?? Infinity);
  if (isLong) return value;
  const length = min === undefined ? '' : ` of ${min === max ? min : `${min} to ${max}`}`;
  throw new Error(`${name} needs a list${length}, but got ${JSON.stringify(value)}`);
}
