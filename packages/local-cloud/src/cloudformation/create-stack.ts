import { type Addresses, type DeployedApi, localizeUrls } from './deployed-urls.ts';
import type { Created, Resource, ResourceKind } from './resource-kind.ts';
import type { Template } from './template-plan.ts';
import { checkSupport } from './unsupported.ts';

/** A stack whose resources are created. */
export interface Stack {
  /** Resources with resolved properties, in order of creation. */
  readonly resources: readonly Resource[];
  readonly apis: readonly DeployedApi[];
  /** Addresses of deployed APIs are made this machine's. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Starts pollers, schedules and resumed executions. */
  start(): Promise<void>;
}

/** What a stack is created with. */
export interface StackPorts {
  readonly kinds: readonly ResourceKind[];
  readonly addresses: Addresses;
  /** Takes what stops a resource, as soon as it is created. */
  onStop(name: string, stop: () => Promise<void> | void): void;
}

/**
 * Creates the resources of a template in dependency order.
 * @throws Error naming the resource and what is wrong with it, or all that is not known to the kinds.
 */
export async function createStack(
  template: Template,
  { kinds, addresses, onStop }: StackPorts,
): Promise<Stack> {
  const byType = new Map(kinds.map((kind) => [kind.type, kind]));
  checkSupport(template.resources, byType);
  const created = new Map<string, Created>();
  const resources: Resource[] = [];
  const apis: DeployedApi[] = [];

  for (const { logicalId, type, path } of template.resources) {
    const properties = localizeUrls(template.properties(logicalId, created), apis, addresses);
    const resource: Resource = { logicalId, type, path, properties, assembly: template.assembly };
    const kind = byType.get(type) as ResourceKind;
    const result = await named(resource, () => kind.create(resource));
    created.set(logicalId, result);
    resources.push(resource);
    onStop(path, () => result.stop?.());
    if (type === 'AWS::ApiGatewayV2::Api') {
      const { ProtocolType: protocol } = resource.properties;
      apis.push({ id: result.ref, protocol });
    }
  }
  return {
    resources,
    apis,
    outputs: localizeUrls(template.outputs(created), apis, addresses),
    async start() {
      for (const resource of resources) {
        await named(resource, () => created.get(resource.logicalId)?.start?.());
      }
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
