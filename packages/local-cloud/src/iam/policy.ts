import { oneOf } from '../cloudformation/property.ts';
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

/** A policy document as a template writes it. */
export interface PolicyDocument {
  readonly Version?: unknown;
  readonly Id?: unknown;
  readonly Statement?: unknown;
}

/**
 * The statements of a policy document.
 * @throws Error when the document is none that IAM takes.
 */
export function statementsOf(document: PolicyDocument): readonly Record<string, unknown>[] {
  const { Version, Id: _, Statement, ...others } = document;
  const [other] = Object.keys(others);
  if (other) throw new Error(`a policy document has ${other}; allowed: Version, Id, Statement`);
  if (Version !== undefined) oneOf({ Version }, 'Version', ['2012-10-17', '2008-10-17']);
  return [Statement ?? []].flat() as Record<string, unknown>[];
}

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
  const action = either(
    Action,
    NotAction,
    `${place}: Action`,
    /^(\*|[\w-]+:[\w*?]+)$/,
    'service:action, *',
    'is',
  );
  const resource = either(Resource, NotResource, `${place}: Resource`, /^(\*|arn:.*)$/s, 'an ARN, *', 's');
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

/** Condition keys that the services give with a call, and those of a service that assumes a role. */
const ofCalls = ['ses:FromAddress', 'aws:SourceAccount', 'aws:SourceArn'];
const knownKeys = [...Object.keys(constants), ...ofCalls];

const isEqual = (actual: string, wanted: string) => actual === wanted;
const isEqualIgnoringCase = (actual: string, wanted: string) => actual.toLowerCase() === wanted.toLowerCase();
const isLike = (actual: string, wanted: string) => wildcard(wanted, 's')(actual);
/** The parts between colons are compared each by itself; what follows the fifth colon is one part. */
const isLikeArn = (actual: string, wanted: string) => {
  const partsOf = (arn: string) => /^([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s.exec(arn)?.slice(1);
  const given = partsOf(actual);
  return partsOf(wanted)?.every((pattern, index) => isLike(given?.[index] ?? '', pattern)) ?? false;
};

/** The operators; all but `Bool` have an opposite, with `Not` before `Equals` or `Like`. */
const operators: Readonly<Record<string, typeof isEqual>> = {
  StringEquals: isEqual,
  StringEqualsIgnoreCase: isEqualIgnoringCase,
  StringLike: isLike,
  // IAM itself treats these two alike.
  ArnEquals: isLikeArn,
  ArnLike: isLikeArn,
  Bool: isEqualIgnoringCase,
};
const operatorForm =
  /^(?:(ForAllValues|ForAnyValue):)?(String|Arn|Bool)(Not(?=Equals|Like))?(\w*?)(IfExists)?$/;

function parseConditions(conditions: unknown, place: string): Condition[] {
  return Object.entries((conditions ?? {}) as Record<string, object>).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]) =>
      parseCondition(operator, key, [wanted].flat().map(String), place),
    ),
  );
}

function parseCondition(operator: string, name: string, wanted: readonly string[], place: string): Condition {
  // A key has one value here at most: of the quantifiers only what they make of a missing one matters.
  const [, quantifier, type = '', not, comparison = '', ifExists] = operatorForm.exec(operator) ?? [];
  const isNegated = not !== undefined;
  const test = operators[`${type}${comparison}`];
  if (!test) {
    const allowed = `${Object.keys(operators).join(', ')} and their negations`;
    throw new Error(
      `${place}: condition operator ${operator} is not evaluated by the local cloud; allowed: ${allowed}`,
    );
  }
  const key = knownKeys.find((candidate) => isEqualIgnoringCase(candidate, name));
  if (key === undefined) {
    const allowed = knownKeys.join(', ');
    throw new Error(
      `${place}: condition key ${name} is not evaluated by the local cloud; allowed: ${allowed}`,
    );
  }
  for (const text of wanted) refuseVariables(text, place);
  const holdsWithout =
    ifExists !== undefined || quantifier === 'ForAllValues' || (isNegated && quantifier === undefined);
  return (context) => {
    const actual = context[key] ?? constants[key];
    return actual === undefined ? holdsWithout : wanted.some((text) => test(actual, text)) !== isNegated;
  };
}

/** Matches what is wanted, or (`NotAction`, `NotResource`) everything but what is unwanted. */
function either(
  wanted: unknown,
  unwanted: unknown,
  place: string,
  form: RegExp,
  allowed: string,
  flags: string,
): Matcher {
  if (wanted !== undefined && unwanted !== undefined) throw new Error(`${place} has its Not… beside it`);
  const texts = [wanted ?? unwanted ?? []].flat().map(String);
  if (texts.length === 0) throw new Error(`${place} is missing`);
  for (const text of texts) {
    refuseVariables(text, place);
    if (!form.test(text)) throw new Error(`${place} is ${JSON.stringify(text)}; allowed: ${allowed}`);
  }
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
