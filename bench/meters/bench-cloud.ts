import { setTimeout as pause } from 'node:timers/promises';
import { ListExecutionsCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { exampleOrder, type OrderRequest } from '../../domain/protocol/order-request.ts';
import type { AcceptedOrder } from '../../domain/protocol/protocol.ts';
import type { FaultRequest } from '../../packages/local-cloud/src/faults/faults.ts';
import type { UsageReport } from '../../packages/local-cloud/src/usage/usage.ts';
import { startLocalCloud, startLocalCloudIn } from '../../test/e2e/support/local-cloud.ts';
import { until } from './until.ts';

/** What any AWS client needs to call the local cloud. */
export const awsClient = (endpoint: string) => ({
  region: 'us-east-1',
  endpoint,
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
});

export type BenchCloud = Awaited<ReturnType<typeof startBenchCloud>>;

/** Starts a local cloud of its own with the product, or with the app in another folder, and says how to use it. */
export async function startBenchCloud(args: readonly string[], folder?: string) {
  const cloud = await (folder ? startLocalCloudIn(folder, ...args) : startLocalCloud(...args));
  // Nobody reads the log; a full pipe would stop the process.
  cloud.process.stdout?.resume();
  const { origin } = new URL(cloud.api);
  const stepFunctions = new SFNClient(awsClient(cloud.aws));
  const { stateMachines = [] } = await stepFunctions.send(new ListStateMachinesCommand());
  const standard = stateMachines.filter(({ type }) => type === 'STANDARD');
  /** Orders submitted since the usage was reset. */
  let submitted = 0;
  const headers = { authorization: `Bearer ${cloud.token}`, 'content-type': 'application/json' };

  async function call<Body>(method: string, url: string, body?: object): Promise<Body> {
    const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    // What was not accepted is submitted again, as a client does that meets the limit of the machine.
    if (answer.status === 503) {
      await answer.body?.cancel();
      await pause(500);
      return call(method, url, body);
    }
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`);
    return (text && JSON.parse(text)) as Body;
  }

  async function isRunning(): Promise<boolean> {
    const lists = standard.map(({ stateMachineArn }) =>
      stepFunctions.send(
        new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1 }),
      ),
    );
    return (await Promise.all(lists)).some(({ executions }) => executions?.length);
  }

  /** Express executions cannot be listed; each is counted when it ends. */
  async function isExpressRunning(): Promise<boolean> {
    if (standard.length === stateMachines.length) return false;
    const { express } = await call<UsageReport>('GET', `${origin}/_local/usage`);
    const ended = Object.values(express).reduce((sum, { executions }) => sum + executions, 0);
    return ended < submitted;
  }

  return {
    ...cloud,
    origin,
    pid: cloud.process.pid as number,
    stepFunctions,
    call,
    get: <Body>(path: string): Promise<Body> => call('GET', new URL(path, cloud.api).href),
    submit(changes: Partial<OrderRequest> = {}): Promise<AcceptedOrder> {
      submitted += 1;
      return call('POST', `${cloud.api}/orders`, { ...exampleOrder, ...changes });
    },
    /** Asks for the executions, not the jobs: cheaper, and the operator's calls are not those of an order. */
    drained: () =>
      until('all executions ended', async () => !(await isExpressRunning()) && !(await isRunning())),
    inject: (fault: FaultRequest) => call<{ id: string }>('POST', `${origin}/_local/faults`, fault),
    clearFaults: () => call('DELETE', `${origin}/_local/faults`),
    resetUsage() {
      submitted = 0;
      return call('DELETE', `${origin}/_local/usage`);
    },
    usage: () => call<UsageReport>('GET', `${origin}/_local/usage`),
    view: <Body>(name: string) => call<Body>('GET', `${origin}/_local/${name}`),
  };
}
