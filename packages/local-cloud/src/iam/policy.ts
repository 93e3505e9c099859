import { account, region } from '../wire/account.ts';

/** Values of condition keys that belong to one call. */
export type CallContext = Readonly<Record<string, string>>;

/** What a policy statement says about calls. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  covers(action: string, resource: string, context: CallContext): boolean;
}

type Matcher = (text: string) => boolean;
type Condition = (context: CallContext) => boolean;

/**
 * Reads one statement of an identity-based policy.
 * @throws Error when it has a member, a condition or a variable that would not be evaluated as on AWS.
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
  // IAM does not care about the case of actions.
  const action = either(Action, NotAction, 'is', `${place}: Action`);
  const resource = either(Resource, NotResource, 's', `${place}: Resource`);
  const conditions = parseConditions(Condition, place);
  return {
    effect: Effect,
    covers: (asked, on, context) =>
      action(asked) && resource(on) && conditions.every((holds) => holds(context)),
  };
}

/** Condition keys that have the same value for every call on this machine. */
const constants: Readonly<Record<string, string>> = {
  'aws:PrincipalAccount': account,
  'aws:ResourceAccount': account,
  'aws:RequestedRegion': region,
  // Everything stays on the loopback interface; policies that insist on TLS mean the real thing.
  'aws:SecureTransport': 'true',
};

/** Condition keys that the services give with a call. */
const ofCalls = ['ses:FromAddress'];
const knownKeys = [...Object.keys(constants), ...ofCalls];

const isEqual = (actual: string, wanted: string) => actual === wanted;
const isEqualIgnoringCase = (actual: string, wanted: string) => actual.toLowerCase() === wanted.toLowerCase();
const isLike = (actual: string, wanted: string) => wildcard(wanted, 's')(actual);

/** The operators; with `Not` before `Equals` or `Like` each means its opposite. */
const operators: Readonly<Record<string, typeof isEqual>> = {
  StringEquals: isEqual,
  StringEqualsIgnoreCase: isEqualIgnoringCase,
  StringLike: isLike,
  // IAM itself treats these two alike.
  ArnEquals: isLike,
  ArnLike: isLike,
  Bool: isEqualIgnoringCase,
};

function parseConditions(conditions: unknown, place: string): Condition[] {
  return Object.entries((conditions ?? {}) as Record<string, object>).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]) =>
      parseCondition(operator, key, [wanted].flat().map(String), place),
    ),
  );
}

function parseCondition(operator: string, name: string, wanted: readonly string[], place: string): Condition {
  // A key has one value here at most: of the quantifiers only what they make of a missing one matters.
  const base = operator.replace(/^(ForAllValues|ForAnyValue):/, '').replace(/IfExists$/, '');
  const isNegated = base.includes('Not');
  const test = operators[base.replace('Not', '')];
  if (!test) {
    const allowed = `${Object.keys(operators).join(', ')} and their negations`;
    throw new Error(
      `${place}: condition operator ${operator} is not evaluated by the local cloud; allowed: ${allowed}`,
    );
  }
  const key = knownKeys.find((known) => isEqualIgnoringCase(known, name));
  if (key === undefined) {
    const allowed = knownKeys.join(', ');
    throw new Error(
      `${place}: condition key ${name} is not evaluated by the local cloud; allowed: ${allowed}`,
    );
  }
  for (const text of wanted) refuseVariables(text, place);
  const holdsWithout = isNegated || operator.startsWith('ForAllValues:') || operator.endsWith('IfExists');
  return (context) => {
    const actual = context[key] ?? constants[key];
    return actual === undefined ? holdsWithout : wanted.some((text) => test(actual, text)) !== isNegated;
  };
}

/** Matches what is wanted, or (`NotAction`, `NotResource`) everything but what is unwanted. */
function either(wanted: unknown, unwanted: unknown, flags: string, place: string): Matcher {
  const value = wanted ?? unwanted;
  if (value === undefined) throw new Error(`${place} is missing`);
  const texts = [value].flat().map(String);
  for (const text of texts) refuseVariables(text, place);
  const matchers = texts.map((text) => wildcard(text, flags));
  return (text) => matchers.some((matches) => matches(text)) === (wanted !== undefined);
}

function refuseVariables(text: string, place: string): void {
  if (!text.includes('${')) return;
  throw new Error(`${place}: the policy variable in ${text} is not evaluated by the local cloud`);
}

/** IAM's wildcards: `*` for any characters, `?` for one. */
function wildcard(text: string, flags: string): Matcher {
  const source = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, flags);
  return (asked) => expression.test(asked);
}
