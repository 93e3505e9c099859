import { createStack, type Stack } from '../cloudformation/create-stack.ts';
import type { DeployedApi } from '../cloudformation/deployed-urls.ts';
import { loadTemplate } from '../cloudformation/template.ts';
import type { TokenRequest } from '../cognito/issuer.ts';
import { type ControlPorts, createControl } from '../control/control.ts';
import type { Log } from '../wire/log.ts';
import type { CloudOptions } from './cloud-options.ts';
import { type Cloud, createCloud } from './create-cloud.ts';

/** A stack that runs on this machine. */
export interface Deployment {
  readonly cloud: Cloud;
  /** Outputs of the stack; addresses of deployed APIs are made this machine's. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Where the stage of the HTTP API answers. */
  readonly api: string | undefined;
  /** Where the stage of the WebSocket API answers. */
  readonly live: string | undefined;
  /** Issues a token that the deployed JWT authorizer accepts, an access token with every scope unless asked otherwise. */
  token(request: TokenRequest): Promise<string>;
}

/** What to deploy, and how. */
export interface DeployRequest {
  /** Folder of the cloud assembly. */
  readonly assembly: string;
  /** Name of the stack, where the assembly has several. */
  readonly stack?: string | undefined;
  readonly options: CloudOptions;
  readonly log: Log;
  /** Further control routes, `GET /_local/<name>`. */
  readonly views?: ControlPorts['views'];
  /** Ends this process as SIGKILL does and starts it anew at the same addresses. */
  restart?(cloud: Pick<Cloud, 'publicUrl' | 'awsUrl'>): void;
}

/**
 * Deploys a stack of a cloud assembly onto this machine.
 * @throws Error when a port is taken or the template needs what is not known here; nothing keeps running then.
 */
export async function deploy(request: DeployRequest): Promise<Deployment> {
  const { assembly, options, log, views = {}, restart } = request;
  const template = loadTemplate(assembly, request.stack);
  const cloud = await createCloud(options, log);
  try {
    const { kinds, onStop, issuer } = cloud;
    const stack = await createStack(template, { kinds, onStop, addresses: cloud, data: options.data });
    const token = (request: TokenRequest) => issuer.issueToken({ ...authorizerOf(stack), ...request });
    await stack.start();
    cloud.open(
      createControl({ ...cloud, log, token, views, ...(restart && { restart: () => restart(cloud) }) }),
    );
    return { cloud, outputs: stack.outputs, ...stageUrls(stack, cloud), token };
  } catch (error) {
    await cloud.stop();
    throw error;
  }
}

/** Where the stages of the deployed APIs answer. */
function stageUrls({ apis, resources }: Stack, { publicUrl }: Cloud): Pick<Deployment, 'api' | 'live'> {
  const url = (protocol: DeployedApi['protocol'], base: string): string | undefined => {
    const api = apis.find((candidate) => candidate.protocol === protocol);
    const stage = resources.find(
      ({ type, properties }) => type === 'AWS::ApiGatewayV2::Stage' && properties.ApiId === api?.id,
    );
    if (!stage) return undefined;
    const { StageName } = stage.properties;
    return StageName === '$default' ? base : `${base}/${StageName}`;
  };
  return { api: url('HTTP', publicUrl), live: url('WEBSOCKET', publicUrl.replace(/^http/, 'ws')) };
}

/** The scope of a user who signed in to a Cognito user pool without its hosted pages. */
const ofUserPool = 'aws.cognito.signin.user.admin';

/** Whom the deployed JWT authorizer trusts, and the scopes that its routes ask for; without one, any names will do. */
function authorizerOf({ resources }: Stack): { issuer: string; audience: string; scope: string } {
  const authorizer = resources.find(({ type }) => type === 'AWS::ApiGatewayV2::Authorizer');
  const { Issuer, Audience = [] } = authorizer?.properties.JwtConfiguration ?? {};
  const ofRoutes: string[] = resources.flatMap(({ type, properties }) =>
    type === 'AWS::ApiGatewayV2::Route' ? (properties.AuthorizationScopes ?? []) : [],
  );
  const scope = [...new Set([ofUserPool, ...ofRoutes])].join(' ');
  return { issuer: Issuer ?? 'local', audience: Audience[0] ?? 'local', scope };
}
