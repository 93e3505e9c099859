import { type Deployed, deployed } from './deployed.ts';
import { type LocalCloud, startLocalCloud } from './local-cloud.ts';
import { subjectOf } from './subject-of.ts';

let cloud: LocalCloud | undefined;

/** Starts one local cloud for all end-to-end suites, unless the run tests a deployed stack. */
export default async function setup(): Promise<void> {
  if (deployed) return assertUsable(deployed);
  // An outside DynamoDB endpoint.
  const { E2E_DYNAMODB } = process.env;
  cloud = await startLocalCloud(...(E2E_DYNAMODB ? ['--dynamodb', E2E_DYNAMODB] : []));
  const { api, live, aws, token } = cloud;
  Object.assign(process.env, { E2E_READY: JSON.stringify({ api, live, aws, token }) });
  Object.assign(globalThis, { stopLocalCloud: () => cloud?.stop() });
}

/** @throws Error when the stack does not accept a token, or both are of one owner */
async function assertUsable({ api, token, otherToken }: Deployed): Promise<void> {
  for (const [option, given] of Object.entries({ '--token': token, '--other-token': otherToken })) {
    if (given === undefined) continue;
    const { status } = await fetch(`${api}/orders?limit=1`, {
      headers: { authorization: `Bearer ${given}` },
    });
    if (status !== 200)
      throw new Error(
        `${api}/orders answered ${status} to ${option}. It must be an access token that has not expired.`,
      );
  }
  if (otherToken !== undefined && subjectOf(token) === subjectOf(otherToken))
    throw new Error(
      '--token and --other-token are of the same owner. Leave one out, or sign in as another user.',
    );
}
