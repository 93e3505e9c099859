import { createStack, type Stack } from '../../src/cloudformation/create-stack.ts';
import type { ResourceKind } from '../../src/cloudformation/resource-kind.ts';
import { planTemplate, type RawTemplate } from '../../src/cloudformation/template-plan.ts';

/** Creates and starts the stack of a template whose resources are of these kinds, as the local cloud does at start. */
export async function deployTemplate(kinds: readonly ResourceKind[], template: RawTemplate): Promise<Stack> {
  const stack = await createStack(planTemplate(template, '/assembly', 'Stack'), {
    kinds,
    addresses: { publicUrl: 'http://127.0.0.1:3000', awsUrl: 'http://127.0.0.1:4566' },
    onStop: () => {},
  });
  await stack.start();
  return stack;
}

/** Deploys one resource, `Stack/Subject`. */
export function deployResource(
  kinds: readonly ResourceKind[],
  type: string,
  properties: object,
): Promise<Stack> {
  const Subject = {
    Type: type,
    Properties: { ...properties },
    Metadata: { 'aws:cdk:path': 'Stack/Subject' },
  };
  return deployTemplate(kinds, { Resources: { Subject } });
}
