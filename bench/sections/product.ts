import path from 'node:path';
import type { JobStatus } from '../../domain/protocol/protocol.ts';
import { connect, subscription } from '../../test/e2e/support/watcher.ts';
import type { Contender } from '../contender.ts';
import { startBenchCloud } from '../meters/bench-cloud.ts';

/** The product on the local cloud: its stages call a payment sandbox, create a record and send a mail. */
export async function startProduct(folder: string): Promise<Contender> {
  const args = ['--time-scale', '1', '--data', path.join(folder, 'data')];
  let cloud = await startBenchCloud(args);
  const statusOf = async (id: string): Promise<JobStatus> =>
    (await cloud.get<{ status: JobStatus }>(`/api/orders/status/${id}`)).status;

  return {
    name: 'Accepted on the local cloud',
    pids: () => [cloud.pid],
    accept: async () => (await cloud.submit()).jobId,
    status: async (id) =>
      statusOf(id).then(
        (status) => (status === 'completed' ? 'completed' : 'unfinished'),
        (error: Error) => {
          if (/answered 404/.test(error.message)) return 'unknown';
          throw error;
        },
      ),
    drained: () => cloud.drained(),
    async watched() {
      const { updatesUrl } = await cloud.submit();
      const watcher = await connect(updatesUrl);
      const lags: number[] = [];
      watcher.onMessage((message) => {
        if ('job' in message) lags.push(Date.now() - Date.parse(message.job.updatedAt));
      });
      watcher.send(subscription(updatesUrl));
      await watcher.message(({ type }) => type === 'complete');
      await watcher.close();
      // The first message is the answer to the subscription.
      return lags.slice(1);
    },
    async doubled() {
      const { charges } = await cloud.view<{ charges: { jobId: string }[] }>('ledger');
      return charges.length - new Set(charges.map(({ jobId }) => jobId)).size;
    },
    async crash() {
      await cloud.kill();
      cloud = await startBenchCloud(args);
    },
    stop: async () => void (await cloud.stop()),
  };
}
