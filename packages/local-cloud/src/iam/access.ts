import { createHash } from 'node:crypto';
import { account } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type CallContext, parseStatement, type Statement } from './policy.ts';
import type { Trust } from './trust.ts';

/** IAM of this machine: which role may do what. */
export interface Access {
  /** Registers policy statements for a role ARN. */
  attach(roleArn: string, statements: readonly unknown[]): void;
  /** The access key id a function of this role signs with. */
  accessKeyFor(roleArn: string): string;
  /** Name of the role behind an access key; undefined for the operator's. */
  roleNameOf(accessKeyId: string): string | undefined;
  /** Registers who may assume a role. */
  trust(roleArn: string, trusts: Trust): void;
  /**
   * Checks that a service may assume a role for one of its resources. Of a role that no template declares, nothing is
   * known.
   * @throws Error naming role and service.
   */
  assume(roleArn: string, service: string, sourceArn: string): void;
  /**
   * Whether the bearer of this access key may; a role's ARN may stand for its key. Keys that belong to no role are
   * the operator's (AWS CLI) and may do all.
   * @param context Values of the condition keys that this call brings.
   * @throws AwsError AccessDeniedException naming role, action and resource.
   */
  authorize(principal: string, action: string, resource: string, context?: CallContext): void;
}

/** An empty IAM: roles come with {@link Access.attach}. */
export function createAccess(): Access {
  const statements = new Map<string, Statement[]>();
  const roles = new Map<string, string>();
  const trusted = new Map<string, Trust>();

  function accessKeyFor(roleArn: string): string {
    // Derived from the role, so that it survives a restart; shaped like the key of temporary credentials.
    const digest = createHash('sha256').update(roleArn).digest('hex').toUpperCase();
    const key = `ASIA${digest.slice(0, 16)}`;
    roles.set(key, roleArn);
    return key;
  }

  return {
    accessKeyFor,
    roleNameOf: (key) => roles.get(key)?.split('/').at(-1),
    attach(roleArn, added) {
      accessKeyFor(roleArn);
      const known = statements.get(roleArn) ?? [];
      statements.set(roleArn, [...known, ...added.map((statement) => parseStatement(statement, roleArn))]);
    },
    trust: (roleArn, trusts) => void trusted.set(roleArn, trusts),
    assume(roleArn, service, sourceArn) {
      if (trusted.get(roleArn)?.(service, sourceArn) ?? true) return;
      throw new Error(
        `AssumeRolePolicyDocument of ${roleArn} does not let ${service} assume it for ${sourceArn}`,
      );
    },
    authorize(principal, action, resource, context = {}) {
      const roleArn = principal.startsWith('arn:') ? principal : roles.get(principal);
      if (roleArn === undefined) return;
      let reason = `because no identity-based policy allows the ${action} action`;
      let isAllowed = false;
      for (const { effect, covers } of statements.get(roleArn) ?? []) {
        if (isAllowed && effect === 'Allow') continue;
        if (!covers(action, resource, context)) continue;
        isAllowed = effect === 'Allow';
        if (isAllowed) continue;
        reason = 'with an explicit deny in an identity-based policy';
        break;
      }
      if (isAllowed) return;
      const user = `arn:aws:sts::${account}:assumed-role/${roleArn.replace(/^.*?:role\//, '')}/local`;
      throw new AwsError(
        'AccessDeniedException',
        `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
        // REST services answer 403; the JSON-RPC ones answer every client error with 400.
        /^(execute-api|ses|lambda):/.test(action) ? 403 : 400,
      );
    },
  };
}
