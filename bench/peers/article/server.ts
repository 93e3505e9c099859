import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Queue, QueueEvents } from 'bullmq';
import express from 'express';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';
import type { Progress } from './progress.ts';

/** The API: `POST /orders`, `GET /orders/status/{id}`, and socket.io rooms named after the jobs. */
// BullMQ finds no `ioredis` by itself where modules are ES modules.
const { PORT, REDIS_PORT } = process.env;
const connection = new Redis(Number(REDIS_PORT), '127.0.0.1', { maxRetriesPerRequest: null });
const queue = new Queue('orders', { connection });
const events = new QueueEvents('orders', { connection });
await events.waitUntilReady();

const app = express();
app.use(express.json());
app.post('/orders', async (request, response) => {
  // A watcher chooses the id and subscribes before, because this stack sends no snapshot.
  const jobId: string = request.body.jobId ?? randomUUID();
  await queue.add('order', request.body, { jobId, attempts: 3 });
  response.status(202).json({ jobId, status: 'queued', statusUrl: `/orders/status/${jobId}` });
});
app.get('/orders/status/:id', async (request, response) => {
  const job = await queue.getJob(request.params.id);
  if (!job) return void response.status(404).end();
  response.json({ jobId: job.id, status: await job.getState(), progress: job.progress });
});
app.get('/unfinished', async (_, response) => {
  response.json(await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized'));
});

const http = createServer(app);
const sockets = new Server(http);
sockets.on('connection', (socket) => {
  socket.on('subscribe', (jobId: string, done: () => void) => {
    socket.join(jobId);
    done();
  });
});
events.on('progress', ({ jobId, data }) => {
  const { at, stage } = data as unknown as Progress;
  sockets.to(jobId).emit('progress', { at, stage });
});
http.listen(Number(PORT), '127.0.0.1');
