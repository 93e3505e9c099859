import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { takeEffect } from '../effects.ts';
import type { Progress } from './progress.ts';

/** Works on 50 orders at the same time: four stages that do nothing, each with a progress. */
// BullMQ finds no `ioredis` by itself where modules are ES modules.
const { EFFECTS = '', REDIS_PORT } = process.env;
const connection = new Redis(Number(REDIS_PORT), '127.0.0.1', { maxRetriesPerRequest: null });

new Worker(
  'orders',
  async (job) => {
    for (const stage of ['validation', 'payment', 'order-creation', 'done']) {
      if (stage === 'payment') takeEffect(EFFECTS, String(job.id));
      await job.updateProgress({ stage, at: Date.now() } satisfies Progress);
    }
  },
  { connection, concurrency: 50 },
);
