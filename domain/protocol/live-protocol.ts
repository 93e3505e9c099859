import * as z from 'zod/mini';
import { StatusDocument } from './protocol.ts';

/** Most watchers a job takes at once. */
export const maxWatchers = 25;

/** Reason of a refusal that says nothing about the message: a part of the service is down, and the client may try again. */
export const unavailable = 'unavailable';

const jobId = z.uuid();
const reason = z
  .string()
  .check(z.describe(`A sentence for a person, or \`${unavailable}\`: try again later.`));
const version = z.int().check(z.gte(1));

/** What a client may send over the socket, by its `action`. */
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

/** What the server sends, by its `type`. */
export const serverMessages = {
  /** A visible change. */
  status: z.strictObject({ type: z.literal('status'), jobId, version, job: StatusDocument }),
  /** The job is completed. */
  complete: z.strictObject({ type: z.literal('complete'), jobId, version, job: StatusDocument }),
  /** The job failed or was cancelled. */
  error: z.strictObject({ type: z.literal('error'), jobId, version, job: StatusDocument }),
  /** A message that could not be taken. */
  refused: z.strictObject({ type: z.literal('refused'), reason, jobId: z.optional(z.string()) }),
  /** Answer to a ping. */
  pong: z.strictObject({ type: z.literal('pong') }),
};
/** The message that tells a watcher of a job's present state. */
export function messageOf(job: StatusDocument): ServerMessage {
  const { jobId, version, status } = job;
  if (status === 'completed') return { type: 'complete', jobId, version, job };
  if (status === 'failed' || status === 'cancelled') return { type: 'error', jobId, version, job };
  return { type: 'status', jobId, version, job };
}

export type ServerMessage = z.infer<(typeof serverMessages)[keyof typeof serverMessages]>;
