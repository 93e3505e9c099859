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
type Members = Readonly<Record<string, unknown>>;

/**
 * The statements of a policy document.
 * @throws Error when the document is none that IAM takes.
 */
export function statementsOf({ Version, Id: _, Statement, ...others }: Members): readonly Members[] {
  const [other] = Object.keys(others);
  if (other) throw new Error(`a policy document has ${other}; allowed: Version, Id, Statement`);
  if (Version !== undefined) oneOf({ Version }, 'Version', ['2012-10-17', '2008-10-17']);
  return [Statement ?? []].flat() as Members[];
}

/**
 * Reads one statement of an identity-based policy.
 * @throws Error when it has a member, a condition or a variable that would not be evaluated as on AWS.
 */
export function parseStatement(raw: unknown, owner: string): Statement {
  const { Sid, Effect, Action, Resource, Condition, ...others } = raw as Members;
  const place = `Policy of ${owner}${Sid ? `, statement ${Sid}` : ''}`;
  const [unknown] = Object.keys(others);
  if (unknown) throw new Error(`${place}: ${unknown} is not evaluated by the local cloud`);
  if (Effect !== 'Allow' && Effect !== 'Deny') {
    throw new Error(`${place}: Effect is ${JSON.stringify(Effect)}; allowed: Allow, Deny`);
  }
  const matcher = (name: string, value: unknown, form: RegExp, allowed: string, flags: string): Matcher => {
    const texts = [value ?? []].flat().map(String);
    if (texts.length === 0) throw new Error(`${place}: ${name} is missing`);
    const wrong = texts.find((text) => !form.test(text));
    if (wrong !== undefined)
      throw new Error(`${place}: ${name} is ${JSON.stringify(wrong)}; allowed: ${allowed}`);
    refuseVariables(texts, place);
    const matchers = texts.map((text) => wildcard(text, flags));
    return (text) => matchers.some((matches) => matches(text));
  };
  // IAM does not care about the case of actions.
  const action = matcher('Action', Action, /^(\*|[\w-]+:[\w*?]+)$/, 'service:action, *', 'is');
  const resource = matcher('Resource', Resource, /^(\*|arn:.*)$/s, 'an ARN, *', 's');
  const conditions = Object.entries((Condition ?? {}) as Record<string, object>).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]) =>
      parseCondition(operator, key, [wanted].flat().map(String), place),
    ),
  );
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
/** With those that services give with a call, and those of a service that assumes a role. */
const knownKeys = [...Object.keys(constants), 'ses:FromAddress', 'aws:SourceAccount', 'aws:SourceArn'];

const isEqualIgnoringCase = (actual: string, wanted: string) => actual.toLowerCase() === wanted.toLowerCase();
/** The parts between colons are compared each by itself; what follows the fifth colon is one part. */
const isLikeArn = (actual: string, wanted: string) => {
  const partsOf = (arn: string) => /^([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s.exec(arn)?.slice(1);
  const given = partsOf(actual);
  return partsOf(wanted)?.every((pattern, index) => wildcard(pattern, 's')(given?.[index] ?? '')) ?? false;
};
/** All but `Bool` have an opposite, with `Not` before `Equals` or `Like`. */
const operators: Readonly<Record<string, (actual: string, wanted: string) => boolean>> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringEqualsIgnoreCase: isEqualIgnoringCase,
  StringLike: (actual, wanted) => wildcard(wanted, 's')(actual),
  // IAM itself treats these two alike.
  ArnEquals: isLikeArn,
  ArnLike: isLikeArn,
  Bool: isEqualIgnoringCase,
};

function parseCondition(operator: string, name: string, wanted: readonly string[], place: string) {
  const [, type = '', not, comparison = '', ifExists] =
    /^(String|Arn|Bool)(Not(?=Equals|Like))?(\w*?)(IfExists)?$/.exec(operator) ?? [];
  const test = operators[`${type}${comparison}`];
  const key = knownKeys.find((candidate) => isEqualIgnoringCase(candidate, name));
  const refuse = (what: string, allowed: readonly string[]) =>
    new Error(
      `${place}: condition ${what} is not evaluated by the local cloud; allowed: ${allowed.join(', ')}`,
    );
  if (!test) throw refuse(`operator ${operator}`, [...Object.keys(operators), 'their Not… and …IfExists']);
  if (!key) throw refuse(`key ${name}`, knownKeys);
  refuseVariables(wanted, place);
  const isNegated = not !== undefined;
  return (context: CallContext): boolean => {
    const actual = context[key] ?? constants[key];
    if (actual === undefined) return isNegated || ifExists !== undefined;
    return wanted.some((text) => test(actual, text)) !== isNegated;
  };
}

function refuseVariables(texts: readonly string[], place: string): void {
  const text = texts.find((candidate) => candidate.includes('${'));
  if (text) throw new Error(`${place}: the policy variable in ${text} is not evaluated by the local cloud`);
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
