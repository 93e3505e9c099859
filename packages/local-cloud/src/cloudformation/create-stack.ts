import { type Addresses, type DeployedApi, localizeUrls } from './deployed-urls.ts';
import type { Created, Resource, ResourceKind } from './resource-kind.ts';
import { type DeployedResource, openStackRecord } from './stack-record.ts';
import type { Template } from './template-plan.ts';
import { checkSupport } from './unsupported.ts';

/** A stack whose resources are created. */
export type Stack = Awaited<ReturnType<typeof createStack>>;

/** What a stack is created with. */
export interface StackPorts {
  readonly kinds: readonly ResourceKind[];
  readonly addresses: Addresses;
  /** Folder that remembers the stack, for what its next template no longer has. */
  readonly data?: string | undefined;
  /** Takes what stops a resource, as soon as it is created. */
  onStop(name: string, stop: () => Promise<void> | void): void;
}

/**
 * Creates the resources of a template in dependency order, after those that stay although the template no longer has
 * them. What left the template and does not stay is deleted.
 * @throws Error naming the resource and what is wrong with it, or all that is not known to the kinds.
 */
export async function createStack(template: Template, { kinds, addresses, data, onStop }: StackPorts) {
  const byType = new Map(kinds.map((kind) => [kind.type, kind]));
  checkSupport(template.resources, byType);
  const created = new Map<string, Created>();
  const resources: Resource[] = [];
  const apis: DeployedApi[] = [];
  const record = openStackRecord(template.stackName, data);
  const deployed: DeployedResource[] = [];

  async function create(resource: Resource, isRetained: boolean): Promise<void> {
    const { logicalId, type, path, properties } = resource;
    const kind = byType.get(type) as ResourceKind;
    const result = await named(resource, () => kind.create(resource));
    created.set(logicalId, result);
    deployed.push({ ...resource, ref: result.ref, isRetained });
    onStop(path, () => result.stop?.());
    if (type === 'AWS::ApiGatewayV2::Api') apis.push({ id: result.ref, protocol: properties.ProtocolType });
  }

  const planned = new Set(template.resources.map(({ logicalId }) => logicalId));
  const gone = record.resources.filter(({ logicalId }) => !planned.has(logicalId));
  for (const resource of gone) if (resource.isRetained) await create(resource, true);
  for (const { logicalId, type, path, isRetained } of template.resources) {
    const properties = localizeUrls(template.properties(logicalId, created), apis, addresses);
    const resource: Resource = { logicalId, type, path, properties, assembly: template.assembly };
    await create(resource, isRetained);
    resources.push(resource);
  }
  for (const { type, ref, isRetained } of gone) {
    // A resource with a name of its own may be there under another logical id.
    const isPresent = deployed.some((resource) => resource.type === type && resource.ref === ref);
    if (!isRetained && !isPresent) await byType.get(type)?.delete?.(ref);
  }
  record.write(deployed);
  return {
    /** With resolved properties, in order of creation. */
    resources,
    apis,
    /** Addresses of deployed APIs are made this machine's. */
    outputs: localizeUrls(template.outputs(created), apis, addresses),
    /** Starts pollers, schedules and resumed executions. */
    async start() {
      for (const resource of deployed)
        await named(resource, () => created.get(resource.logicalId)?.start?.());
    },
  };
}

/** Puts the path of the resource before what is wrong, unless the kind has done so itself. */
async function named<T>({ path }: Resource, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { message } = error as Error;
    throw new Error(message.startsWith(`${path}: `) ? message : `${path}: ${message}`, { cause: error });
  }
}
