import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Says why a finding of a rule does not apply to a construct. `cdk-nag.test.ts` fails for every other finding.
 *
 * @param rule - id of a rule of cdk-nag: `AwsSolutions-SQS3`
 */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: rule, reason });
}

/** Says why a policy below a construct needs a resource with a wildcard. */
export function acknowledgeWildcard(construct: IConstruct, resource: string, reason: string): void {
  const text = findingOf(Stack.of(construct).resolve(resource));
  acknowledge(construct, `AwsSolutions-IAM5[Resource::${text}]`, reason);
}

/** A resource as cdk-nag writes it: references in angle brackets. */
function findingOf(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = resource as Record<string, never>;
  if (Ref !== undefined) return `<${Ref}>`;
  if (attribute !== undefined) return `<${(attribute as string[]).join('.')}>`;
  const [separator, parts] = join as unknown as [string, unknown[]];
  return parts.map(findingOf).join(separator);
}
