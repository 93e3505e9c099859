import { mkdir } from 'node:fs/promises';
import { createIssuer, type Issuer } from '../cognito/issuer.ts';
import { createFaults } from '../faults/faults.ts';
import { createAccess } from '../iam/access.ts';
import type { Functions } from '../lambda/functions.ts';
import { createFunctions } from '../lambda/lambda-runtime.ts';
import { createUsage } from '../usage/usage.ts';
import { startAwsEndpoint } from '../wire/aws-endpoint.ts';
import type { AwsService, Cloud, CloudOptions, PublicRoute, ResourceKind } from '../wire/cloud.ts';
import { startPublicEndpoint } from '../wire/public-endpoint.ts';
import { resourceKinds } from './resource-kinds.ts';
import { services } from './services.ts';

/** What a cloud is made of; a test gives its own. */
export interface Parts {
  readonly kinds: readonly ResourceKind[];
  readonly services: readonly ((cloud: Cloud) => AwsService | Promise<AwsService>)[];
  readonly functions: (cloud: Cloud) => Functions;
}

/** The parts of `npm start`. */
export const embedded: Parts = { kinds: resourceKinds, services, functions: createFunctions };

/** What to stop, last to first. */
export type Cleanup = { readonly name: string; run(): Promise<void> | void }[];

/** A cloud with nothing deployed yet. */
export interface EmptyCloud {
  readonly cloud: Cloud;
  readonly issuer: Issuer;
  readonly cleanup: Cleanup;
  /** Lets clients in; no deployed route shadows this one. */
  open(control: PublicRoute): void;
  stop(): Promise<void>;
}

/** Starts servers and services, with nothing deployed. */
export async function createCloud(
  options: CloudOptions,
  log: Cloud['log'],
  parts: Parts = embedded,
): Promise<EmptyCloud> {
  const cleanup: Cleanup = [];
  const stop = async () => {
    for (const { name, run } of cleanup.splice(0).reverse()) {
      try {
        await run();
      } catch (error) {
        log({ level: 'warn', message: `${name} did not stop cleanly`, error: String(error) });
      }
    }
  };
  try {
    if (options.data !== undefined) await makeFolder(options.data);
    const issuer = await createIssuer(options.data);
    const embeddedServices = new Map<string, AwsService>();
    let functions: Functions | undefined;
    const background = {
      access: createAccess(),
      faults: createFaults(options.seed, () => ({
        functions: functions?.paths() ?? [],
        services: [...embeddedServices.keys()],
      })),
      usage: createUsage(),
      services: embeddedServices,
      log,
    };
    const aws = await startAwsEndpoint(options.awsPort, background);
    cleanup.push({ name: 'The AWS endpoint', run: aws.stop });
    const front = await startPublicEndpoint(options.port, log);
    cleanup.push({ name: 'The public endpoint', run: front.stop });

    const cloud: Cloud = {
      ...background,
      options,
      issuer,
      awsUrl: aws.url,
      publicUrl: front.url,
      mount: front.mount,
      // Functions lean on the cloud too, so they come after it.
      get functions() {
        if (!functions) throw new Error('functions are not there before the services are');
        return functions;
      },
    };
    cloud.mount(issuer.routes(cloud.publicUrl));
    functions = parts.functions(cloud);
    for (const createService of parts.services) {
      const service = await createService(cloud);
      embeddedServices.set(service.name, service);
      cleanup.push({ name: `Service ${service.name}`, run: () => service.stop?.() });
    }
    cleanup.push({ name: 'Lambda', run: () => functions?.stop() });
    const open = (control: PublicRoute) => {
      // Clients go first: what stops after them must not look like a failure to them.
      cleanup.push({ name: 'The public endpoint', run: front.stop });
      front.open(control);
    };
    return { cloud, issuer, cleanup, open, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeFolder(data: string): Promise<void> {
  await mkdir(data, { recursive: true }).catch((cause: Error) => {
    throw new Error(`--data ${data} cannot be the folder of the data: ${cause.message}`, { cause });
  });
}
