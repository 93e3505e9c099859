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
 * @throws Error naming the function that is not known here.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export function resolve(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return literal(value);
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, scope)).filter((item) => item !== noValue);
  }
  if (value === null || typeof value !== 'object') return value;

  const intrinsic = intrinsicOf(value);
  if (intrinsic) return call(intrinsic.name, intrinsic.argument, scope);

  const entries = Object.entries(value).map(([key, item]) => [key, resolve(item, scope)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== noValue));
}

/** Evaluates a template condition. */
export function holds(condition: unknown, scope: Scope): boolean {
  const [[name, argument] = []] = Object.entries(condition as object);
  const list = argument as unknown[];
  switch (name) {
    case 'Condition':
      return scope.condition(String(argument));
    case 'Fn::Equals':
      return JSON.stringify(resolve(list[0], scope)) === JSON.stringify(resolve(list[1], scope));
    case 'Fn::And':
      return list.every((item) => holds(item, scope));
    case 'Fn::Or':
      return list.some((item) => holds(item, scope));
    case 'Fn::Not':
      return !holds(list[0], scope);
    default:
      throw new Error(
        `condition function ${name} is not known; allowed: Condition, Fn::Equals, Fn::And, Fn::Or, Fn::Not`,
      );
  }
}

function intrinsicOf(value: object): { readonly name: string; readonly argument: unknown } | undefined {
  const [entry, ...others] = Object.entries(value);
  if (!entry || others.length > 0) return undefined;
  const [name, argument] = entry;
  return name === 'Ref' || name.startsWith('Fn::') ? { name, argument } : undefined;
}

function call(name: string, argument: unknown, scope: Scope): unknown {
  switch (name) {
    case 'Ref':
      return scope.ref(String(argument));
    case 'Fn::GetAtt': {
      // The short form is "Resource.Attribute"; attributes themselves may hold dots.
      const [logicalId = '', ...attribute] =
        typeof argument === 'string' ? argument.split('.') : (argument as string[]);
      return scope.attribute(logicalId, attribute.join('.'));
    }
    case 'Fn::Join': {
      const [separator, list] = argument as [string, unknown];
      return (resolve(list, scope) as unknown[]).map(String).join(separator);
    }
    case 'Fn::Split': {
      const [separator, source] = argument as [string, unknown];
      return String(resolve(source, scope)).split(separator);
    }
    case 'Fn::Select': {
      const [position, source] = argument as [unknown, unknown];
      const index = Number(resolve(position, scope));
      const list = resolve(source, scope) as unknown[];
      return index in list ? list[index] : scope.pastEnd(index, list);
    }
    case 'Fn::Sub':
      return typeof argument === 'string'
        ? substitute(argument, {}, scope)
        : substitute((argument as [string])[0], (argument as [string, Record<string, unknown>])[1], scope);
    case 'Fn::If': {
      const [condition, whenTrue, whenFalse] = argument as [string, unknown, unknown];
      return resolve(scope.condition(condition) ? whenTrue : whenFalse, scope);
    }
    case 'Fn::FindInMap': {
      const [map, first, second] = (argument as unknown[]).map((item) => String(resolve(item, scope)));
      return scope.mapping(map ?? '', first ?? '', second ?? '');
    }
    case 'Fn::Base64':
      return Buffer.from(String(resolve(argument, scope))).toString('base64');
    default:
      throw new Error(
        `${name} is not known; allowed: Ref, Fn::GetAtt, Fn::Join, Fn::Split, Fn::Select, Fn::Sub, Fn::If, Fn::FindInMap, Fn::Base64`,
      );
  }
}

function substitute(text: string, variables: Record<string, unknown>, scope: Scope): string {
  return literal(text).replace(/\$\{([^}]*)\}/g, (whole, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    if (Object.hasOwn(variables, name)) return String(resolve(variables[name], scope));
    const [logicalId = '', ...attribute] = name.trim().split('.');
    if (logicalId === '') throw new Error(`Fn::Sub cannot read ${whole}`);
    return String(
      attribute.length > 0 ? scope.attribute(logicalId, attribute.join('.')) : scope.ref(logicalId),
    );
  });
}

function literal(text: string): string {
  // A secret or SSM parameter of a real account: passing the reference on unread would surprise later and elsewhere.
  if (text.includes('{{resolve:')) throw new Error(`the dynamic reference in "${text}" needs an AWS account`);
  return text;
}
