import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import { statusDocument } from '../../domain/job/status.ts';
import {
  ClientMessage,
  maxWatchers,
  messageOf,
  type ServerMessage,
  unavailable,
} from '../../domain/protocol/live-protocol.ts';
import { createSockets } from '../adapters/sockets.ts';
import { createWatchers } from '../adapters/watchers.ts';
import type { Sockets, Watchers } from '../ports.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger } from '../runtime/telemetry.ts';

export interface MessagesPorts {
  readonly watchers: Watchers;
  readonly sockets: Sockets;
  /** `wss://…/live`. */
  readonly liveUrl: string;
}

type Subscription = Extract<ClientMessage, { action: 'subscribe' }>;

/** Answers what clients send over the socket. */
export function createMessages({ watchers, sockets, liveUrl }: MessagesPorts) {
  return async ({
    body,
    requestContext,
  }: APIGatewayProxyWebsocketEventV2): Promise<APIGatewayProxyResultV2> => {
    const { connectionId } = requestContext;
    const answer = await answerTo(body, connectionId);
    // Gone in the meantime: nobody is left to answer.
    if (answer) await sockets.post(connectionId, answer);
    return { statusCode: 200 };
  };

  async function answerTo(
    body: string | undefined,
    connectionId: string,
  ): Promise<ServerMessage | undefined> {
    const message = z.safeParse(ClientMessage, json(body));
    if (!message.success)
      return { type: 'refused', reason: 'The message is none of subscribe, unsubscribe and ping.' };
    if (message.data.action === 'ping') return { type: 'pong' };
    const { action, jobId } = message.data;
    try {
      if (action === 'subscribe') return await subscribe(message.data, connectionId);
      await watchers.remove({ jobId, connectionId });
      return undefined;
    } catch (error) {
      logger.error('A message could not be taken', { jobId, action, error: error as Error });
      return { type: 'refused', reason: unavailable, jobId };
    }
  }

  async function subscribe(
    subscription: Subscription,
    connectionId: string,
  ): Promise<ServerMessage | undefined> {
    const { jobId, ticket, sinceVersion = 0 } = subscription;
    const watch = { jobId, connectionId, ticket };
    let job = await watchers.add(watch);
    if (typeof job === 'object' && 'full' in job) {
      await removeGone(jobId, job.full);
      job = await watchers.add(watch);
    }
    if (job === 'unknown')
      return { type: 'refused', reason: 'There is no such job, or the ticket is wrong.', jobId };
    if ('full' in job)
      return { type: 'refused', reason: `The job has ${maxWatchers} watchers already.`, jobId };
    logger.info('Subscribed', { jobId, version: job.version });
    return job.version > sinceVersion ? messageOf(statusDocument(job, liveUrl)) : undefined;
  }

  /** Makes room: a client that lost its connection stays a watcher until somebody notices. */
  async function removeGone(jobId: string, connectionIds: readonly string[]): Promise<void> {
    // A connection that cannot be asked about keeps its place.
    await Promise.allSettled(
      connectionIds.map(async (connectionId) => {
        if (!(await sockets.isOpen(connectionId))) await watchers.remove({ jobId, connectionId });
      }),
    );
  }
}

function json(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const environment = environmentOf('messages');
export const handler = createMessages({
  watchers: createWatchers({ table: environment.JOBS_TABLE }),
  sockets: createSockets({ connectionsUrl: environment.CONNECTIONS_URL }),
  liveUrl: environment.LIVE_URL,
});
