import { createFaults } from '../../src/faults/faults.ts';
import { createAccess } from '../../src/iam/access.ts';
import { createUsage } from '../../src/usage/usage.ts';
import { startAwsEndpoint } from '../../src/wire/aws-endpoint.ts';
import type { AwsService } from '../../src/wire/aws-service.ts';

/** An AWS endpoint without services; the test adds its own. */
export async function openAwsEndpoint() {
  const services = new Map<string, AwsService>();
  const access = createAccess();
  const usage = createUsage();
  const faults = createFaults(1, () => ({ functions: [], services: [...services.keys()] }));
  const { url, stop } = await startAwsEndpoint(0, {
    services,
    log: () => {},
    authorize: (key, { action, resource, context }) => access.authorize(key, action, resource, context),
    strike: (operation) => faults.strike({ kind: 'api', name: operation }),
    count: (service, operation, key) => usage.call(service, operation, access.roleNameOf(key)),
  });
  const add = (service: AwsService) => services.set(service.name, service);
  return { url, stop, add, access, usage, faults };
}

/** The operator's, who may do all. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
