import { holds, resolve, type Scope, textOf } from './intrinsics.ts';
import { type Parameter, parameterValue } from './parameter.ts';
import type { Created } from './resource-kind.ts';

/** A resource that will be created, before the resources it refers to exist. */
export interface PlannedResource {
  readonly logicalId: string;
  readonly type: string;
  /** Construct path: `Orders/Accept/Function/Resource`. */
  readonly path: string;
  /** Properties with stand-ins for what other resources will give: good for checking names, not values. */
  readonly draft: Readonly<Record<string, unknown>>;
  /** Whether it stays when it leaves the template. */
  readonly isRetained: boolean;
}

/** The one stack of a cloud assembly. */
export type Template = ReturnType<typeof planTemplate>;

type CreatedResources = ReadonlyMap<string, Created>;

interface RawResource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

/** A CloudFormation template as it is written. */
export interface RawTemplate {
  readonly Parameters?: Record<string, Parameter>;
  readonly Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  readonly Conditions?: Record<string, unknown>;
  readonly Resources?: Record<string, RawResource>;
  readonly Rules?: object;
  readonly Outputs?: Record<string, { readonly Value: unknown; readonly Condition?: string }>;
}

/** What a template may have: the local cloud acts on it, or it changes nothing where there is one stack. */
const sections =
  `AWSTemplateFormatVersion Description Metadata Parameters Mappings Conditions Resources Outputs
  Rules`.split(/\s+/);
const members = 'Type Properties DependsOn Condition Metadata DeletionPolicy UpdateReplacePolicy'.split(' ');

/** Orders the resources of a template and answers for its values. */
export function planTemplate(
  raw: RawTemplate,
  assembly: string,
  stackName: string,
  paths: ReadonlyMap<string, string> = new Map(),
) {
  const { Resources: resources = {}, Outputs = {}, Conditions = {}, Rules = {}, Parameters = {} } = raw;
  refuseOthers('The template', raw, sections);
  // CDK's own rule is about the account that it deploys to.
  refuseOthers('Rules', Rules, ['CheckBootstrapVersion']);
  const parameter = (name: string) => parameterValue(Parameters, stackName, name);

  function condition(name: string, trail: readonly string[] = []): boolean {
    const path = [...trail, name];
    if (Conditions[name] === undefined) throw new Error(`The template has no condition ${name}`);
    if (trail.includes(name))
      throw new Error(`Conditions refer to each other in a circle: ${path.join(' → ')}`);
    const unavailable = (): never => {
      throw new Error('a condition may refer to parameters and mappings only');
    };
    return holds(Conditions[name], {
      ...scope(unavailable, pastEnd),
      ref: parameter,
      condition: (other) => condition(other, path),
    });
  }
  const included = (name: string | undefined): boolean => name === undefined || condition(name);

  /** A scope in which resources give what `give` says. */
  function scope(give: (logicalId: string, attribute?: string) => unknown, end: Scope['pastEnd']): Scope {
    return {
      ref: (name) => (Object.hasOwn(resources, name) ? give(name) : parameter(name)),
      attribute: give,
      condition,
      mapping(name, first, second) {
        const value = raw.Mappings?.[name]?.[first]?.[second];
        if (value === undefined) throw new Error(`there is no mapping ${name}.${first}.${second}`);
        return value;
      },
      pastEnd: end,
    };
  }

  for (const name of Object.keys(Conditions)) at(`Condition ${name}`, () => condition(name));
  const wanted = Object.keys(resources).filter((id) => included(resources[id]?.Condition));

  function plan(logicalId: string): PlannedResource & { readonly needs: ReadonlySet<string> } {
    const resource = resources[logicalId] as RawResource;
    const path = String(resource.Metadata?.['aws:cdk:path'] ?? paths.get(logicalId) ?? logicalId);
    refuseOthers(path, resource, members);
    const dependsOn = [resource.DependsOn ?? []].flat();
    const missing = dependsOn.find((id) => !Object.hasOwn(resources, id));
    if (missing !== undefined) throw new Error(`${path}: DependsOn is ${missing}; there is no such resource`);
    const needs = new Set<string>(dependsOn.filter((id) => wanted.includes(id)));
    const recording = scope(
      (other, attribute) => {
        if (!Object.hasOwn(resources, other)) throw new Error(`there is no resource ${other}`);
        if (!wanted.includes(other)) throw new Error(`the condition of resource ${other} leaves it out`);
        needs.add(other);
        return attribute ? `${other}.${attribute}` : other;
      },
      (_, list) => list.at(-1),
    );
    const draft = at(path, () => resolve(resource.Properties ?? {}, recording)) as Record<string, unknown>;
    const isRetained = resource.DeletionPolicy?.startsWith('Retain') ?? false;
    return { logicalId, type: resource.Type, path, draft, isRetained, needs };
  }

  const planned = new Map(wanted.map((logicalId) => [logicalId, plan(logicalId)]));

  const real = (created: CreatedResources): Scope =>
    scope((logicalId, attribute) => given(created, logicalId, attribute), pastEnd);

  return {
    assembly,
    stackName,
    /** In dependency order, without those whose condition is false. */
    resources: inDependencyOrder(planned) as readonly PlannedResource[],
    /** Properties of a resource, once everything it refers to is created. */
    properties: (logicalId: string, created: CreatedResources) =>
      at(planned.get(logicalId)?.path ?? logicalId, () =>
        resolve(resources[logicalId]?.Properties ?? {}, real(created)),
      ) as Record<string, unknown>,
    outputs(created: CreatedResources): Record<string, string> {
      const present = Object.entries(Outputs).filter(([, { Condition }]) => included(Condition));
      const text = (value: unknown) => textOf('Value', resolve(value, real(created)));
      return Object.fromEntries(
        present.map(([name, { Value }]) => [name, at(`Output ${name}`, () => text(Value))]),
      );
    },
  };
}

function refuseOthers(place: string, value: object, allowed: readonly string[]): void {
  const other = Object.keys(value).find((name) => !allowed.includes(name));
  const known = allowed.join(', ');
  if (other) throw new Error(`${place} has ${other}, which the local cloud does not know; allowed: ${known}`);
}

function inDependencyOrder<T extends { readonly logicalId: string; readonly needs: ReadonlySet<string> }>(
  planned: ReadonlyMap<string, T>,
): T[] {
  const order = new Set<T>();
  const visit = (logicalId: string, trail: readonly string[]): void => {
    const resource = planned.get(logicalId) as T;
    if (order.has(resource)) return;
    if (trail.includes(logicalId))
      throw new Error(`Resources depend on each other in a circle: ${[...trail, logicalId].join(' → ')}`);
    for (const other of resource.needs) visit(other, [...trail, logicalId]);
    order.add(resource);
  };
  for (const logicalId of planned.keys()) visit(logicalId, []);
  return [...order];
}

function given(created: CreatedResources, logicalId: string, attribute?: string): string {
  const resource = created.get(logicalId);
  if (!resource) throw new Error(`resource ${logicalId} does not exist`);
  if (attribute === undefined) return resource.ref;
  const value = resource.attributes?.[attribute];
  if (value === undefined) {
    const known = Object.keys(resource.attributes ?? {}).join(', ') || 'none';
    throw new Error(`resource ${logicalId} gives no attribute ${attribute}; it gives: ${known}`);
  }
  return value;
}

function pastEnd(index: number, list: readonly unknown[]): never {
  throw new Error(`Fn::Select asks for item ${index} of a list of ${list.length}`);
}

function at<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${place}: ${(error as Error).message}`, { cause: error });
  }
}
