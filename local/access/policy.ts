import { account, region } from '../cloud.ts';

/** What a policy statement says about calls; one whose conditions do not hold here covers none. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  covers(action: string, resource: string): boolean;
}

type Matcher = (text: string) => boolean;

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
  const isInForce = conditionsHold(Condition, place);
  return { effect: Effect, covers: (asked, on) => isInForce && action(asked) && resource(on) };
}

/** The condition keys that are known here. They are the same for every call on this machine. */
const values: Readonly<Record<string, string>> = {
  'aws:PrincipalAccount': account,
  'aws:ResourceAccount': account,
  'aws:RequestedRegion': region,
  // Everything stays on the loopback interface; policies that insist on TLS mean the real thing.
  'aws:SecureTransport': 'true',
};

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

function conditionsHold(conditions: unknown, place: string): boolean {
  const results = Object.entries((conditions ?? {}) as Record<string, object>).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]) => holds(operator, key, [wanted].flat().map(String), place)),
  );
  return results.every(Boolean);
}

function holds(operator: string, key: string, wanted: readonly string[], place: string): boolean {
  // Every key has one value here: quantifiers and `IfExists` make no difference.
  const base = operator.replace(/^(ForAllValues|ForAnyValue):/, '').replace(/IfExists$/, '');
  const isNegated = base.includes('Not');
  const test = operators[base.replace('Not', '')];
  if (!test) {
    const allowed = `${Object.keys(operators).join(', ')} and their negations`;
    throw new Error(
      `${place}: condition operator ${operator} is not evaluated by the local cloud; allowed: ${allowed}`,
    );
  }
  const [, actual] = Object.entries(values).find(([name]) => isEqualIgnoringCase(name, key)) ?? [];
  if (actual === undefined) {
    const allowed = Object.keys(values).join(', ');
    throw new Error(
      `${place}: condition key ${key} is not evaluated by the local cloud; allowed: ${allowed}`,
    );
  }
  for (const text of wanted) refuseVariables(text, place);
  return wanted.some((text) => test(actual, text)) !== isNegated;
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
