import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Access } from '../iam/access.ts';
import { functionArn } from './functions.ts';

/** AWS::Lambda::Permission: lets a role call a function. What the template wires to a function calls it in any case. */
export function functionPermission(access: Pick<Access, 'attach'>): ResourceKind {
  return {
    type: 'AWS::Lambda::Permission',
    honoured: ['Action', 'FunctionName', 'Principal'],
    harmless: ['EventSourceToken', 'PrincipalOrgID', 'SourceAccount', 'SourceArn'],
    create({ logicalId, properties: { Action, FunctionName, Principal } }) {
      const isRole = /^arn:aws:iam::\d*:role\//.test(Principal);
      const Resource = functionArn(FunctionName);
      if (isRole) access.attach(Principal, [{ Effect: 'Allow', Action, Resource }]);
      return { ref: logicalId };
    },
  };
}
