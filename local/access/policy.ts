/** Values of the condition keys of one request, by key. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** What is asked of a policy. */
export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

/** A policy statement, its single values made lists. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly action: Pattern;
  readonly resource: Pattern;
  readonly conditions: readonly Condition[];
}

interface Pattern {
  readonly wildcards: readonly RegExp[];
  /** `NotAction`, `NotResource`: everything but. */
  readonly inverted: boolean;
}

interface Condition {
  readonly test: (actual: string, wanted: string) => boolean;
  readonly negated: boolean;
  readonly quantifier: 'ForAllValues' | 'ForAnyValue' | undefined;
  readonly ifExists: boolean;
  readonly key: string;
  readonly wanted: readonly string[];
}

/**
 * Reads one statement of an identity-based policy.
 * @throws Error when it has a member, a condition operator or a condition key that would not be evaluated as on AWS.
 */
export function parseStatement(raw: unknown, owner: string): Statement {
  const { Sid, Effect, Action, NotAction, Resource, NotResource, Condition, ...others } = raw as Record<
    string,
    unknown
  >;
  const place = `Policy of ${owner}${Sid ? `, statement ${Sid}` : ''}`;
  const [unknown] = Object.keys(others);
  if (unknown) throw new Error(`${place}: ${unknown} is not evaluated by the local cloud`);
  if (Effect !== 'Allow' && Effect !== 'Deny') {
    throw new Error(`${place}: Effect is ${JSON.stringify(Effect)}; allowed: Allow, Deny`);
  }
  return {
    effect: Effect,
    action: pattern(Action, NotAction, 'any case', `${place}: Action`),
    resource: pattern(Resource, NotResource, 'exact case', `${place}: Resource`),
    conditions: Object.entries((Condition ?? {}) as Record<string, Record<string, unknown>>).flatMap(
      ([operator, keys]) =>
        Object.entries(keys).map(([key, wanted]) =>
          condition(operator, key, [wanted].flat().map(String), place),
        ),
    ),
  };
}

/** Whether a statement speaks about this request. */
export function statementApplies(
  statement: Statement,
  { action, resource, context }: AccessRequest,
): boolean {
  return (
    covers(statement.action, action) &&
    covers(statement.resource, resource) &&
    statement.conditions.every((condition) => satisfied(condition, context))
  );
}

const isEqual = (actual: string, wanted: string) => actual === wanted;
const isEqualIgnoringCase = (actual: string, wanted: string) => actual.toLowerCase() === wanted.toLowerCase();
const isLike = (actual: string, wanted: string) => wildcard(wanted, 'exact case').test(actual);

const operators: Readonly<Record<string, Pick<Condition, 'test' | 'negated'>>> = {
  StringEquals: { test: isEqual, negated: false },
  StringNotEquals: { test: isEqual, negated: true },
  StringEqualsIgnoreCase: { test: isEqualIgnoringCase, negated: false },
  StringNotEqualsIgnoreCase: { test: isEqualIgnoringCase, negated: true },
  StringLike: { test: isLike, negated: false },
  StringNotLike: { test: isLike, negated: true },
  // IAM itself treats these two alike.
  ArnEquals: { test: isLike, negated: false },
  ArnLike: { test: isLike, negated: false },
  ArnNotEquals: { test: isLike, negated: true },
  ArnNotLike: { test: isLike, negated: true },
  Bool: { test: isEqualIgnoringCase, negated: false },
};

/** Keys whose values are known here. A service that tells more about its calls adds its own. */
const conditionKeys = [
  'aws:PrincipalAccount',
  'aws:ResourceAccount',
  'aws:RequestedRegion',
  'aws:SecureTransport',
];

function condition(name: string, key: string, wanted: readonly string[], place: string): Condition {
  const [, quantifier, base = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  const operator = operators[base];
  if (!operator) {
    const allowed = Object.keys(operators).join(', ');
    throw new Error(
      `${place}: condition operator ${name} is not evaluated by the local cloud; allowed: ${allowed}`,
    );
  }
  const known = conditionKeys.find((candidate) => isEqualIgnoringCase(candidate, key));
  if (!known) {
    const allowed = conditionKeys.join(', ');
    throw new Error(
      `${place}: condition key ${key} is not evaluated by the local cloud; allowed: ${allowed}`,
    );
  }
  return {
    ...operator,
    quantifier: quantifier as Condition['quantifier'],
    ifExists: ifExists !== undefined,
    key: known,
    wanted,
  };
}

function satisfied(
  { test, negated, quantifier, ifExists, key, wanted }: Condition,
  context: Context,
): boolean {
  const value = context[key];
  const one = (actual: string) => wanted.some((candidate) => test(actual, candidate)) !== negated;
  // A key that the request does not have: true for all of nothing, for "if exists", and for negated operators.
  if (value === undefined)
    return ifExists || quantifier === 'ForAllValues' || (negated && quantifier === undefined);
  const values = [value].flat();
  return quantifier === 'ForAllValues' ? values.every(one) : values.some(one);
}

function covers({ wildcards, inverted }: Pattern, text: string): boolean {
  return wildcards.some((expression) => expression.test(text)) !== inverted;
}

function pattern(wanted: unknown, unwanted: unknown, letters: Letters, place: string): Pattern {
  const value = wanted ?? unwanted;
  if (value === undefined) throw new Error(`${place} is missing`);
  const texts = [value].flat().map(String);
  return { wildcards: texts.map((text) => wildcard(text, letters)), inverted: wanted === undefined };
}

type Letters = 'any case' | 'exact case';

/** IAM's wildcards: `*` for any characters, `?` for one. */
function wildcard(text: string, letters: Letters): RegExp {
  const source = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, letters === 'any case' ? 'is' : 's');
}
