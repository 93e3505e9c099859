import { setTimeout as pause } from 'node:timers/promises';
import { DescribeExecutionCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { exampleOrder } from '../domain/protocol/order-request.ts';
import type { AcceptedOrder } from '../domain/protocol/protocol.ts';
import { executionArnOf } from '../lambdas/adapters/executions.ts';
import type { Ready } from '../test/e2e/support/local-cloud.ts';
import { connect, subscription } from '../test/e2e/support/watcher.ts';

/** What one order takes, from its post to its end. */
export interface OrderCounts {
  /** Calls of AWS by the product's functions, by service and operation. */
  readonly calls: Readonly<Record<string, number>>;
  /** DynamoDB request units, by the table's logical id. */
  readonly units: Readonly<Record<string, { readonly read: number; readonly write: number }>>;
  /** State transitions of the execution. */
  readonly transitions: number;
}

interface Usage {
  readonly callers: Record<string, Record<string, number>>;
  readonly units: Record<string, { readonly read: number; readonly write: number }>;
  readonly transitions: Record<string, Record<string, number>>;
}

/**
 * Counts what one happy order takes on a local cloud that does nothing else. Orders before it have warmed the functions up,
 * and the cloud's time scale is 1, so that no housekeeping falls into the count: that is done once a minute for all orders.
 */
export async function countOrder(
  cloud: Pick<Ready, 'api' | 'aws' | 'token'>,
  { isWatched }: { readonly isWatched: boolean },
): Promise<OrderCounts> {
  await order(cloud, isWatched);
  await fetch(usageUrl(cloud), { method: 'DELETE' });

  await order(cloud, isWatched);

  const { callers, units, transitions } = (await (await fetch(usageUrl(cloud))).json()) as Usage;
  const calls: Record<string, number> = {};
  for (const [role, counts] of Object.entries(callers)) {
    // Our own, which wait for the end.
    if (role === 'operator') continue;
    for (const [call, count] of Object.entries(counts)) calls[call] = (calls[call] ?? 0) + count;
  }
  return { calls, units, transitions: sum(Object.values(transitions).flatMap(Object.values)) };
}

/** Submits an order and waits until it is completed and, if it is watched, its watcher knows. */
async function order({ api, aws, token }: Pick<Ready, 'api' | 'aws' | 'token'>, isWatched: boolean) {
  const answer = await fetch(`${api}/orders`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(exampleOrder),
  });
  const { jobId, updatesUrl } = (await answer.json()) as AcceptedOrder;
  if (isWatched) {
    const watcher = await connect(updatesUrl);
    watcher.send(subscription(updatesUrl));
    await watcher.message(({ type }) => type === 'complete');
    await watcher.close();
  }

  const client = new SFNClient({ region: 'us-east-1', endpoint: aws, credentials });
  const { stateMachines = [] } = await client.send(new ListStateMachinesCommand());
  const [{ stateMachineArn = '' } = {}] = stateMachines;
  const describe = new DescribeExecutionCommand({ executionArn: executionArnOf(stateMachineArn, jobId) });
  for (;;) {
    const { status } = await client.send(describe);
    if (status === 'SUCCEEDED') return;
    if (status !== 'RUNNING') throw new Error(`The execution of ${jobId} ended as ${status}.`);
    await pause(20);
  }
}

const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };

const usageUrl = ({ api }: Pick<Ready, 'api'>): URL => new URL('/_local/usage', api);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0);
