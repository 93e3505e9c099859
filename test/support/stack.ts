import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { bundleFunctions } from '../../lib/bundles.ts';
import { type Config, configOf } from '../../lib/config.ts';
import { OrdersStack } from '../../lib/orders-stack.ts';

/** One resource of the template. */
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's properties are untyped JSON
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The template of a deployment with this configuration. */
export function templateOf(config: Config): Template {
  const outdir = mkdtempSync(path.join(tmpdir(), 'accepted-'));
  folders.push(outdir, bundleFunctions());
  return Template.fromStack(
    new OrdersStack(new App({ outdir, analyticsReporting: false }), 'Accepted', { config }),
  );
}

let development: Template | undefined;

/** The template of the development profile, synthesized when it is first asked for. */
export function template(): Template {
  development ??= templateOf(configOf('development'));
  return development;
}

/** All resources of a type, by logical id. */
export const resourcesOf = (type: string, of: Template = template()): Record<string, Resource> =>
  of.findResources(type) as Record<string, Resource>;

/** The one resource of a type. */
export function theOnly(type: string, of: Template = template()): Resource {
  const found = Object.values(resourcesOf(type, of));
  if (found.length !== 1) throw new Error(`There are ${found.length} resources of type ${type}.`);
  return found[0] as Resource;
}

/** A logical id without its hash: `AcceptFunction489AE392` → `AcceptFunction`. */
export const nameOf = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

/** A value of the template as one text: `<TablesJobs.Arn>/index/…`. */
export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[intrinsic, argument] = ['', '']] = Object.entries(value);
  if (intrinsic === 'Ref') return `<${nameOf(argument)}>`;
  if (intrinsic === 'Fn::GetAtt') return `<${nameOf(argument[0])}.${argument[1]}>`;
  if (intrinsic === 'Fn::Join') return argument[1].map(textOf).join(argument[0]);
  throw new Error(`This is no text: ${JSON.stringify(value)}`);
}

/** The functions by the name of their construct: `Accept`, `StagesPayment`, … */
export const functionsOf = (of: Template = template()): Record<string, Resource> =>
  Object.fromEntries(
    Object.entries(resourcesOf('AWS::Lambda::Function', of)).map(([logicalId, resource]) => [
      nameOf(logicalId).replace(/Function$/, ''),
      resource,
    ]),
  );

/** The bundle of a function, as text. */
export const bundleOf = (entry: string): string =>
  readFileSync(path.join(bundleFunctions(), entry, 'index.js'), 'utf8');
