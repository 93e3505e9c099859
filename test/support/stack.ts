import { readFileSync } from 'node:fs';
import path from 'node:path';
import { constructIdOf } from '../../lib/construct-id.ts';

/** One resource of the template. */
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's properties are untyped JSON
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** The template of the stack. */
export interface StackTemplate {
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** Deployments that are synthesized for tests: both profiles, one that sets every other option, and a production with all protection. */
export type Deployment = 'development' | 'production' | 'customized' | 'hardened' | 'edge' | 'page';

export const stripeSecretArn = 'arn:aws:secretsmanager:eu-test-1:000000000000:secret:stripe-AbC123';
export const issuer = 'https://issuer.example';

const read = new Map<Deployment, StackTemplate>();
const { TEMPLATES_UNDER_TEST = '' } = process.env;

/** The template of a deployment, which was synthesized before the tests. */
export function template(deployment: Deployment = 'development'): StackTemplate {
  const file = path.join(TEMPLATES_UNDER_TEST, `${deployment}.json`);
  const found = read.get(deployment) ?? (JSON.parse(readFileSync(file, 'utf8')) as StackTemplate);
  read.set(deployment, found);
  return found;
}

/** All resources of a type, by logical id. */
export const resourcesOf = (type: string, of: StackTemplate = template()): Record<string, Resource> =>
  Object.fromEntries(Object.entries(of.Resources).filter(([, resource]) => resource.Type === type));

/** The one resource of a type. */
export function theOnly(type: string, of: StackTemplate = template()): Resource {
  const found = Object.values(resourcesOf(type, of));
  if (found.length !== 1) throw new Error(`There are ${found.length} resources of type ${type}.`);
  return found[0] as Resource;
}

/** The resource of a type with this name. */
export function named(type: string, name: string, of: StackTemplate = template()): Resource {
  const [found] = Object.entries(resourcesOf(type, of)).filter(([logicalId]) => nameOf(logicalId) === name);
  if (!found) throw new Error(`There is no ${name} of type ${type}.`);
  return found[1];
}

/** A logical id without its hash: `AcceptFunction489AE392` → `AcceptFunction`. */
export const nameOf = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

/** A string of the template with its references in angle brackets: `<TablesJobs.Arn>/index/…`. */
export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[intrinsic, argument] = ['', '']] = Object.entries(value);
  if (intrinsic === 'Ref') return `<${nameOf(argument)}>`;
  if (intrinsic === 'Fn::GetAtt') return `<${nameOf(argument[0])}.${argument[1]}>`;
  if (intrinsic === 'Fn::Join') return argument[1].map(textOf).join(argument[0]);
  throw new Error(`This is not a string: ${JSON.stringify(value)}`);
}

/** The functions by the path of their construct: `ApiAccept`, `StagesPayment`, … */
export const functionsOf = (of: StackTemplate = template()): Record<string, Resource> =>
  Object.fromEntries(
    Object.entries(resourcesOf('AWS::Lambda::Function', of)).map(([logicalId, resource]) => [
      nameOf(logicalId).replace(/Function$/, ''),
      resource,
    ]),
  );

/**
 * The properties of a function.
 *
 * @param name - path of its construct: `StagesPayment`
 * @throws Error when there is no such function
 */
export function functionNamed(name: string, of: StackTemplate = template()): Resource['Properties'] {
  const found = functionsOf(of)[name];
  if (!found) throw new Error(`There is no function ${name}.`);
  return found.Properties;
}

/** The folder with the code that a deployment gives a function, where the synthesis put it. */
export function assetOf(name: string, deployment: Deployment): string {
  const { S3Key } = functionNamed(name, template(deployment)).Code;
  return path.join(TEMPLATES_UNDER_TEST, deployment, `asset.${path.basename(S3Key, '.zip')}`);
}

/** Path of a stage's construct: `order-creation` → `StagesOrderCreation`. */
export const constructOf = (stage: string): string => `Stages${constructIdOf(stage)}`;
