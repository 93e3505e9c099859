import { type LocalCloud, startLocalCloud } from './local-cloud.ts';

let cloud: LocalCloud | undefined;

/**
 * One local cloud for all end-to-end suites; `E2E_DYNAMODB` names an outside DynamoDB endpoint for it. With `E2E_URL` and
 * `E2E_TOKEN` there is none: the suite runs against a deployed stack.
 */
export default async function setup(): Promise<void> {
  const { E2E_DYNAMODB, E2E_URL, E2E_TOKEN } = process.env;
  if (E2E_URL && E2E_TOKEN) {
    Object.assign(process.env, { E2E_DEPLOYED: JSON.stringify({ url: E2E_URL, token: E2E_TOKEN }) });
    return;
  }
  cloud = await startLocalCloud(...(E2E_DYNAMODB ? ['--dynamodb', E2E_DYNAMODB] : []));
  const { api, live, aws, token } = cloud;
  Object.assign(process.env, {
    E2E_READY: JSON.stringify({ api, live, aws, token }),
    E2E_DEPLOYED: JSON.stringify({ url: `${api}/orders`, token }),
  });
  Object.assign(globalThis, { stopLocalCloud: () => cloud?.stop() });
}
