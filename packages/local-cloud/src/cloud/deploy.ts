import { type DeployedApi, localizeUrls } from '../cloudformation/deployed-urls.ts';
import { loadTemplate } from '../cloudformation/template.ts';
import type { Template } from '../cloudformation/template-plan.ts';
import { checkSupport } from '../cloudformation/unsupported.ts';
import { createControl } from '../control/control.ts';
import type { Cloud, CloudOptions, Created, Resource, ResourceKind } from '../wire/cloud.ts';
import { type Cleanup, createCloud, embedded, type Parts } from './create-cloud.ts';

/** A template that runs on this machine. */
export interface Deployment {
  readonly cloud: Cloud;
  /** Outputs of the stack, addresses of deployed APIs made this machine's. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Where the stage of the HTTP API answers. */
  readonly api: string | undefined;
  /** Where the stage of the WebSocket API answers. */
  readonly live: string | undefined;
  /** An access token that the deployed JWT authorizer accepts. */
  token(sub: string): Promise<string>;
  /** Stops everything, last to first, without waiting for requests in flight. */
  stop(): Promise<void>;
}

/**
 * Deploys the stack of a cloud assembly onto this machine.
 * @throws Error when a port is taken, or the template asks for what is not known here; nothing keeps running then.
 */
export async function deploy(
  assembly: string,
  options: CloudOptions,
  log: Cloud['log'],
  parts: Parts = embedded,
): Promise<Deployment> {
  const template = loadTemplate(assembly);
  const kinds = new Map(parts.kinds.map((kind) => [kind.type, kind]));
  checkSupport(template.resources, kinds);

  const { cloud, issuer, open, cleanup, stop } = await createCloud(options, log, parts);
  try {
    const stack = await createResources(template, kinds, cloud, cleanup);
    const token = (sub: string) => issuer.issueToken({ ...authorizerOf(stack, cloud), sub });
    for (const created of stack.created) await created.start?.();
    open(createControl(cloud, { outputs: stack.outputs, token }));
    return { cloud, outputs: stack.outputs, ...stageUrls(stack, cloud), token, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Stack {
  readonly created: readonly Created[];
  /** Resolved properties of every resource of a type. */
  readonly properties: (type: string) => readonly Resource['properties'][];
  readonly outputs: Readonly<Record<string, string>>;
  readonly apis: readonly DeployedApi[];
}

async function createResources(
  template: Template,
  kinds: ReadonlyMap<string, ResourceKind>,
  cloud: Cloud,
  cleanup: Cleanup,
): Promise<Stack> {
  const created = new Map<string, Created>();
  const resources: Resource[] = [];
  const apis: DeployedApi[] = [];

  for (const { logicalId, type, path } of template.resources) {
    const properties = localizeUrls(template.properties(logicalId, created), apis, cloud);
    const resource: Resource = { logicalId, type, path, properties, assembly: template.assembly };
    const result = await create(kinds.get(type) as ResourceKind, resource, cloud);
    created.set(logicalId, result);
    resources.push(resource);
    cleanup.push({ name: path, run: () => result.stop?.() });
    if (type === 'AWS::ApiGatewayV2::Api')
      apis.push({ id: result.ref, protocol: resource.properties.ProtocolType });
  }
  return {
    created: [...created.values()],
    properties: (wanted) =>
      resources.filter(({ type }) => type === wanted).map(({ properties }) => properties),
    outputs: localizeUrls(template.outputs(created), apis, cloud),
    apis,
  };
}

async function create(kind: ResourceKind, resource: Resource, cloud: Cloud): Promise<Created> {
  try {
    return await kind.create(resource, cloud);
  } catch (error) {
    const { message } = error as Error;
    // Some kinds say where already.
    throw new Error(message.includes(resource.path) ? message : `${resource.path}: ${message}`, {
      cause: error,
    });
  }
}

/** Where the stages of the deployed APIs answer. */
function stageUrls({ apis, properties }: Stack, { publicUrl }: Cloud): Pick<Deployment, 'api' | 'live'> {
  const url = (protocol: DeployedApi['protocol'], base: string): string | undefined => {
    const api = apis.find((candidate) => candidate.protocol === protocol);
    const stage = properties('AWS::ApiGatewayV2::Stage').find(({ ApiId }) => ApiId === api?.id);
    if (!stage) return undefined;
    return stage.StageName === '$default' ? base : `${base}/${stage.StageName}`;
  };
  return { api: url('HTTP', publicUrl), live: url('WEBSOCKET', publicUrl.replace(/^http/, 'ws')) };
}

/** Whom the deployed JWT authorizer trusts; without one, any names will do. */
function authorizerOf({ properties }: Stack, { publicUrl }: Cloud): { issuer: string; audience: string } {
  const [authorizer] = properties('AWS::ApiGatewayV2::Authorizer').filter(
    ({ AuthorizerType }) => AuthorizerType === 'JWT',
  );
  const { Issuer, Audience = [] } = authorizer?.JwtConfiguration ?? {};
  return { issuer: Issuer ?? `${publicUrl}/_local/issuer`, audience: Audience[0] ?? 'local' };
}
