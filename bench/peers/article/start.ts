import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import type { Contender } from '../../contender.ts';
import { doubled } from '../effects.ts';
import { answering, freePort, kill, start } from '../processes.ts';
import type { Progress } from './progress.ts';

/**
 * Express, BullMQ, Redis with Debian's settings of durability (snapshots), socket.io. `redisSurvives` says that Redis runs on
 * a machine of its own, which the crash spares.
 */
export async function startArticle(folder: string, { redisSurvives = false } = {}): Promise<Contender> {
  const [port, redisPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const effects = join(folder, 'effects');
  let redis: ChildProcess | undefined;
  let children: ChildProcess[] = [];

  async function run(): Promise<void> {
    // The `save` line of /etc/redis/redis.conf; the rest of that file is about paths.
    const settings = [
      '--bind',
      '127.0.0.1',
      '--port',
      String(redisPort),
      '--save',
      '3600 1 300 100 60 10000',
      '--dir',
      folder,
    ];
    redis ??= start(folder, 'redis-server', settings);
    const env = { PORT: String(port), REDIS_PORT: String(redisPort), EFFECTS: effects };
    children = ['server.ts', 'worker.ts'].map((file) =>
      start(folder, process.execPath, [join(import.meta.dirname, file)], env),
    );
    await answering(`${url}/unfinished`);
  }

  async function unfinished(): Promise<number> {
    const counts = (await (await fetch(`${url}/unfinished`)).json()) as Record<string, number>;
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  async function accept(jobId?: string): Promise<string> {
    const answer = await fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jobId, items: [{ sku: 'book-1', quantity: 2, unitPrice: 1999 }] }),
    });
    const text = await answer.text();
    if (answer.status !== 202) throw new Error(`It was refused: ${answer.status} ${text}`);
    return (JSON.parse(text) as { jobId: string }).jobId;
  }

  await run().catch(async (error) => {
    await kill([...children, ...(redis ? [redis] : [])]);
    throw error;
  });
  return {
    name: `Express 5, BullMQ 6, Redis 7, socket.io${redisSurvives ? '; Redis survives' : ''}`,
    pids: () => [...children, redis].flatMap((child) => child?.pid ?? []),
    accept: () => accept(),
    async status(id) {
      const answer = await fetch(`${url}/orders/status/${id}`);
      if (answer.status === 404) return 'unknown';
      const { status } = (await answer.json()) as { status: string };
      return status === 'completed' ? 'completed' : 'unfinished';
    },
    async drained() {
      while ((await unfinished()) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    async watched() {
      const socket = io(url, { transports: ['websocket'] });
      await new Promise((resolve) => socket.once('connect', () => resolve(undefined)));
      const lags: number[] = [];
      const ended = new Promise((resolve) => {
        socket.on('progress', ({ stage, at }: Progress) => {
          lags.push(Date.now() - at);
          if (stage === 'done') resolve(undefined);
        });
      });
      const id = randomUUID();
      await new Promise((resolve) => socket.emit('subscribe', id, () => resolve(undefined)));
      await accept(id);
      await ended;
      socket.close();
      return lags;
    },
    doubled: async () => doubled(effects),
    async crash() {
      await kill([...children, ...(redis && !redisSurvives ? [redis] : [])]);
      if (!redisSurvives) redis = undefined;
      await run();
    },
    stop: () => kill([...children, ...(redis ? [redis] : [])]),
  };
}
