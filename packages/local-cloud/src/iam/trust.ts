import { account, region } from '../wire/account.ts';
import { parseStatement, statementsOf } from './policy.ts';

/** Whether a service may assume a role for one of its resources. */
export type Trust = (service: string, sourceArn: string) => boolean;

/** There is one account here, and nobody else in it. */
const others = ['AWS', 'CanonicalUser', 'Federated'];

/**
 * Reads the trust policy of a role.
 * @throws Error when it has what would not be evaluated as on AWS.
 */
export function parseTrust(document: Readonly<Record<string, unknown>>, owner: string): Trust {
  const statements = statementsOf(document).map(({ Principal, ...statement }) => {
    const principals = typeof Principal === 'object' ? Principal : { [String(Principal)]: '' };
    const { Service = [], ...rest } = principals as Readonly<Record<string, unknown>>;
    const unknown = Object.keys(rest).find((kind) => !others.includes(kind));
    if (unknown)
      throw new Error(`Policy of ${owner}: Principal is ${unknown}; allowed: Service, ${others.join(', ')}`);
    const services = [Service].flat().map((service) => String(service).replace(`.${region}.`, '.'));
    return { services, ...parseStatement({ ...statement, Resource: '*' }, owner) };
  });
  return (service, sourceArn) => {
    const context = { 'aws:SourceAccount': account, 'aws:SourceArn': sourceArn };
    const applying = statements.filter(
      ({ services, covers }) => services.includes(service) && covers('sts:AssumeRole', '*', context),
    );
    return applying.length > 0 && applying.every(({ effect }) => effect === 'Allow');
  };
}
