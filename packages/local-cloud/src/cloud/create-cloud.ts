import { mkdir } from 'node:fs/promises';
import { apiGatewayKinds } from '../api-gateway/api-gateway-kinds.ts';
import { inertKinds } from '../cloudformation/inert.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { createIssuer, type Issuer } from '../cognito/issuer.ts';
import { userPoolKinds } from '../cognito/user-pool.ts';
import { createDynamoDb } from '../dynamodb/dynamodb.ts';
import { eventSourceMapping } from '../event-sources/event-source-mapping-kind.ts';
import { createEvents } from '../events/events.ts';
import { createFaults, type Faults } from '../faults/faults.ts';
import { httpApi } from '../http-api/http-api.ts';
import { type Access, createAccess } from '../iam/access.ts';
import { roleKinds } from '../iam/role.ts';
import { functionPermission } from '../lambda/function-permission.ts';
import type { Functions } from '../lambda/functions.ts';
import { createLambdaApi } from '../lambda/lambda-api.ts';
import { lambdaFunction } from '../lambda/lambda-function.ts';
import { createFunctions } from '../lambda/lambda-runtime.ts';
import { createLogs } from '../logs/logs.ts';
import { createSecretsManager } from '../secrets-manager/secrets-manager.ts';
import { createSes, type Ses } from '../ses/ses.ts';
import { createSqs } from '../sqs/sqs.ts';
import { createStates, type States } from '../states/states.ts';
import { createSts } from '../sts/sts.ts';
import { createUsage, type Usage } from '../usage/usage.ts';
import { createWebSocketApis, type WebSocketApis } from '../websocket-api/websocket-api.ts';
import { startAwsEndpoint } from '../wire/aws-endpoint.ts';
import type { AwsService } from '../wire/aws-service.ts';
import type { Log } from '../wire/log.ts';
import { type PublicRoute, startPublicEndpoint } from '../wire/public-endpoint.ts';
import type { CloudOptions } from './cloud-options.ts';

/** A running cloud: all services, nothing deployed yet. */
export interface Cloud {
  /** `http://127.0.0.1:<awsPort>`: the value of AWS_ENDPOINT_URL. */
  readonly awsUrl: string;
  /** `http://127.0.0.1:<port>`: where deployed APIs and the control routes answer. */
  readonly publicUrl: string;
  /** Every CloudFormation type that runs here. */
  readonly kinds: readonly ResourceKind[];
  readonly access: Access;
  readonly faults: Faults;
  readonly usage: Usage;
  readonly issuer: Issuer;
  readonly inbox: Ses['inbox'];
  /** Every AWS service by its signing name. */
  readonly services: ReadonlyMap<string, AwsService>;
  /** Open WebSockets. */
  readonly connections: WebSocketApis['connections'];
  /** Calls the listener when an execution durably started, ended or was redriven. */
  readonly onStatusChange: States['onStatusChange'];
  /** Loads a function before it is called. */
  readonly warm: Functions['warm'];
  /** Lets clients in. No deployed route shadows those given. */
  open(...control: readonly PublicRoute[]): void;
  /** Adds a route for what no deployed route takes. */
  mountLast(route: PublicRoute): void;
  /** Takes what must stop before everything that was there earlier. */
  onStop(name: string, stop: () => Promise<void> | void): void;
  /** Stops everything, last to first. */
  stop(): Promise<void>;
}

/**
 * Starts servers and services.
 * @throws Error when a port is taken or the data folder cannot be used; nothing keeps running then.
 */
export async function createCloud(options: CloudOptions, log: Log): Promise<Cloud> {
  const stops: { readonly name: string; run(): Promise<void> | void }[] = [];
  const onStop: Cloud['onStop'] = (name, run) => void stops.push({ name, run });
  const stop = async () => {
    for (const { name, run } of stops.splice(0).reverse()) {
      try {
        await run();
      } catch (error) {
        log({ level: 'warn', message: `${name} did not stop cleanly`, error: String(error) });
      }
    }
  };
  try {
    return { ...(await startServices(options, log, onStop)), onStop, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startServices(
  { data, dynamodb: endpoint, timeScale, seed, port, awsPort }: CloudOptions,
  log: Log,
  onStop: Cloud['onStop'],
): Promise<Omit<Cloud, 'onStop' | 'stop'>> {
  if (data !== undefined) await makeFolder(data);
  const services = new Map<string, AwsService>();
  const access = createAccess();
  const usage = createUsage();
  const issuer = await createIssuer(data);
  const faults = createFaults(seed, () => ({
    functions: functions.all().map(({ path }) => path),
    services: [...services.keys()],
  }));

  const aws = await startAwsEndpoint(awsPort, {
    services,
    log,
    authorize: (key, { action, resource, context }) => access.authorize(key, action, resource, context),
    strike: (operation) => faults.strike({ kind: 'api', name: operation }),
    count: (service, operation, key) => usage.call(service, operation, access.roleNameOf(key)),
  });
  onStop('The AWS endpoint', aws.stop);
  const front = await startPublicEndpoint(port, log);
  onStop('The public endpoint', front.stop);
  const [awsUrl, publicUrl, mount] = [aws.url, front.url, front.mount];

  const logs = createLogs();
  const functions = createFunctions({ access, faults, usage, awsUrl, log, logs });
  const lambda = createLambdaApi({ functions, logs, timeScale, log });
  onStop('The Lambda API', lambda.stop);
  const dynamodb = await createDynamoDb({ data, endpoint, timeScale, usage, log });
  onStop('DynamoDB', dynamodb.stop);
  const sqs = createSqs({ data, timeScale, awsUrl, usage });
  onStop('SQS', sqs.stop);
  const sts = createSts(access.roleNameOf);
  const secrets = createSecretsManager({ data });
  const ses = createSes({ data, usage });
  onStop('SES', ses.stop);
  const webSockets = createWebSocketApis({ functions, faults, usage, log });
  const states = createStates({ data, timeScale, functions, access, usage, logs });
  onStop('Step Functions', states.stop);
  const events = createEvents({ timeScale, functions, queue: sqs.queue, faults, usage, log });
  onStop('EventBridge', events.stop);
  states.onStatusChange(events.executionChanged);
  // Functions that still run may call any service.
  onStop('Lambda', functions.stop);

  const wired = [dynamodb, sqs, secrets, ses, webSockets, states, events, lambda, logs, sts];
  for (const { service } of wired) services.set(service.name, service);
  const HTTP = httpApi({ functions, usage, verify: issuer.verify, log });
  const mappings = { access, faults, functions, dynamodb, queue: sqs.queue, timeScale, log };

  return {
    awsUrl,
    publicUrl,
    access,
    faults,
    usage,
    issuer,
    inbox: ses.inbox,
    kinds: [
      ...roleKinds(access),
      ...userPoolKinds,
      ...[dynamodb, sqs, secrets, ses, states, events, logs].flatMap(({ kinds }) => kinds),
      lambdaFunction(functions, access),
      functionPermission(access),
      eventSourceMapping(mappings, data),
      ...apiGatewayKinds({ functions, publicUrl, mount }, { HTTP, WEBSOCKET: webSockets.protocol }),
      ...inertKinds,
    ],
    services,
    connections: webSockets.connections,
    onStatusChange: states.onStatusChange,
    warm: functions.warm,
    open(...control) {
      // Clients go first, so that they do not see the rest stop.
      onStop('The public endpoint', front.stop);
      front.open(...control);
    },
    mountLast: mount,
  };
}

async function makeFolder(data: string): Promise<void> {
  await mkdir(data, { recursive: true }).catch((cause: Error) => {
    throw new Error(`--data ${data} cannot be the folder of the data: ${cause.message}`, { cause });
  });
}
