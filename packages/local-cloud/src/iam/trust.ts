import { account, region } from '../wire/account.ts';
import { type PolicyDocument, parseStatement, statementsOf } from './policy.ts';

/** Whether a service may assume a role for one of its resources. */
export type Trust = (service: string, sourceArn: string) => boolean;

/** Principals that are no services; there is one account here, and nobody else in it. */
const others = ['AWS', 'CanonicalUser', 'Federated'];

/**
 * Reads the trust policy of a role.
 * @throws Error when it has what would not be evaluated as on AWS.
 */
export function parseTrust(document: PolicyDocument, owner: string): Trust {
  const statements = statementsOf(document).map(({ Principal, ...statement }) => {
    const services = servicesOf(Principal, owner);
    const { effect, covers } = parseStatement({ ...statement, Resource: '*' }, owner);
    return {
      effect,
      applies: (service: string, sourceArn: string) =>
        services.includes(service) &&
        covers('sts:AssumeRole', '*', { 'aws:SourceAccount': account, 'aws:SourceArn': sourceArn }),
    };
  });
  return (service, sourceArn) => {
    const applying = statements.filter(({ applies }) => applies(service, sourceArn));
    return applying.length > 0 && applying.every(({ effect }) => effect === 'Allow');
  };
}

function servicesOf(principal: unknown, owner: string): readonly string[] {
  const isObject = typeof principal === 'object' && principal !== null;
  const { Service = [], ...rest } = (isObject ? principal : { [String(principal)]: '' }) as Record<
    string,
    unknown
  >;
  const unknown = Object.keys(rest).find((kind) => !others.includes(kind));
  if (unknown)
    throw new Error(`Policy of ${owner}: Principal is ${unknown}; allowed: Service, ${others.join(', ')}`);
  return [Service].flat().map((service) => String(service).replace(`.${region}.`, '.'));
}
