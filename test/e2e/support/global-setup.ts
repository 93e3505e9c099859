import { type LocalCloud, startLocalCloud } from './local-cloud.ts';

let cloud: LocalCloud | undefined;

/** One local cloud for all end-to-end suites; `E2E_DYNAMODB` names an outside DynamoDB endpoint for it. */
export default async function setup(): Promise<void> {
  const { E2E_DYNAMODB } = process.env;
  cloud = await startLocalCloud(...(E2E_DYNAMODB ? ['--dynamodb', E2E_DYNAMODB] : []));
  const { api, live, aws, token } = cloud;
  Object.assign(process.env, { E2E_READY: JSON.stringify({ api, live, aws, token }) });
  Object.assign(globalThis, { stopLocalCloud: () => cloud?.stop() });
}
