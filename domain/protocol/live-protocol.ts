import * as z from 'zod/mini';
import { StatusDocument } from './protocol.ts';

/** Maximum number of connections that watch one job at the same time. */
export const maxWatchers = 25;

/** Reason of a refusal when a dependency failed. The message may be fine, and the client may send it again. */
export const unavailable = 'unavailable';

/** In lower case, as jobs are stored. */
const jobId = z.uuid().check(z.toLowerCase());
const reason = z
  .string()
  .check(z.describe(`A sentence for a person, or \`${unavailable}\`: the client may try again later.`));
const version = z.int().check(z.gte(1));

/** Messages from the client, by `action`. */
export const clientMessages = {
  subscribe: z.strictObject({
    action: z.literal('subscribe'),
    jobId,
    ticket: z.string().check(z.minLength(1), z.maxLength(128)),
    sinceVersion: z.optional(z.int().check(z.gte(0))),
  }),
  unsubscribe: z.strictObject({ action: z.literal('unsubscribe'), jobId }),
  ping: z.strictObject({ action: z.literal('ping') }),
};
export const ClientMessage = z.discriminatedUnion('action', [
  clientMessages.subscribe,
  clientMessages.unsubscribe,
  clientMessages.ping,
]);
export type ClientMessage = z.infer<typeof ClientMessage>;

/** Messages from the server, by `type`. */
export const serverMessages = {
  /** The job changed. */
  status: z.strictObject({ type: z.literal('status'), jobId, version, job: StatusDocument }),
  /** The job is completed. */
  complete: z.strictObject({ type: z.literal('complete'), jobId, version, job: StatusDocument }),
  /** The job failed or was cancelled. */
  error: z.strictObject({ type: z.literal('error'), jobId, version, job: StatusDocument }),
  /** A message was refused. */
  refused: z.strictObject({ type: z.literal('refused'), reason, jobId: z.optional(z.string()) }),
  /** The answer to a ping. */
  pong: z.strictObject({ type: z.literal('pong') }),
};
export type ServerMessage = z.infer<(typeof serverMessages)[keyof typeof serverMessages]>;

/** The message that sends a job's current status to a watcher. */
export function messageOf(job: StatusDocument): ServerMessage {
  const { jobId, version, status } = job;
  if (status === 'completed') return { type: 'complete', jobId, version, job };
  if (status === 'failed' || status === 'cancelled') return { type: 'error', jobId, version, job };
  return { type: 'status', jobId, version, job };
}
