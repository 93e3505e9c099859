import { RemovalPolicies, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Its value is the name of the stack. It finds the functions that have stayed. */
const tag = 'accepted:stays-for-executions-of';

/**
 * Keeps the functions in a scope, with their roles, permissions and logs, when they leave the template, and when the
 * deployment that created them is rolled back. Executions that run or can be redriven may be older or newer than the
 * template, and their definition names these functions.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
export function retainForExecutions(scope: Construct): void {
  RemovalPolicies.of(scope).retain();
  Tags.of(scope).add(tag, Stack.of(scope).stackName);
}
