import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import { type PublicUrls, statusDocument } from '../../domain/job/status.ts';
import {
  ClientMessage,
  maxWatchers,
  messageOf,
  type ServerMessage,
  unavailable,
} from '../../domain/protocol/live-protocol.ts';
import { createSockets } from '../adapters/sockets.ts';
import { createWatchers } from '../adapters/watchers.ts';
import type { Clock } from '../ports/clock.ts';
import type { Sockets } from '../ports/sockets.ts';
import type { Watchers } from '../ports/watchers.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger } from '../runtime/telemetry.ts';

export interface MessagesPorts {
  readonly watchers: Watchers;
  readonly sockets: Sockets;
  readonly clock: Clock;
  readonly urls: PublicUrls;
}

/** Undefined when there is nothing to say. */
type Answer = ServerMessage | undefined;

type Subscription = Extract<ClientMessage, { action: 'subscribe' }>;

/** Handles the messages of clients. */
export function createMessages({ watchers, sockets, clock, urls }: MessagesPorts) {
  return async (event: APIGatewayProxyWebsocketEventV2): Promise<APIGatewayProxyResultV2> => {
    const { connectionId } = event.requestContext;
    const answer = await answerTo(event.body, connectionId);
    // The connection may be closed by now; then there is nobody to answer.
    if (answer) await sockets.post(connectionId, answer);
    return { statusCode: 200 };
  };

  async function answerTo(body: string | undefined, connectionId: string): Promise<Answer> {
    const message = z.safeParse(ClientMessage, json(body));
    if (!message.success)
      return { type: 'refused', reason: 'The message must be a subscribe, unsubscribe or ping message.' };
    if (message.data.action === 'ping') return { type: 'pong' };
    const { action, jobId } = message.data;
    try {
      if (action === 'subscribe') return await subscribe(message.data, connectionId);
      await watchers.remove({ jobId, connectionId });
      return undefined;
    } catch (error) {
      logger.error('Failed to handle a message', { jobId, action, error: error as Error });
      return { type: 'refused', reason: unavailable, jobId };
    }
  }

  async function subscribe(subscription: Subscription, connectionId: string): Promise<Answer> {
    const { jobId, ticket, sinceVersion = 0 } = subscription;
    const watch = { jobId, connectionId, ticket };
    let added = await watchers.add(watch);
    if (added.outcome === 'full') {
      await removeClosed(jobId, added.watchers);
      added = await watchers.add(watch);
    }
    switch (added.outcome) {
      case 'unknown':
        return { type: 'refused', reason: 'The job does not exist or the ticket is wrong.', jobId };
      case 'full':
        return { type: 'refused', reason: `The job already has ${maxWatchers} watchers.`, jobId };
      case 'added':
        logger.info('Subscribed', { jobId, version: added.job.version });
        return added.job.version > sinceVersion
          ? messageOf(statusDocument(added.job, urls, clock()))
          : undefined;
    }
  }

  /** Makes room: a closed connection stays a watcher until a message to it fails. */
  async function removeClosed(jobId: string, connectionIds: readonly string[]): Promise<void> {
    // A connection whose state cannot be read stays a watcher.
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

const environment = environmentOf('live/messages');
export const handler = createMessages({
  watchers: createWatchers({ table: environment.JOBS_TABLE }),
  sockets: createSockets({ connectionsUrl: environment.CONNECTIONS_URL }),
  clock: () => new Date(),
  urls: { api: environment.API_URL, live: environment.LIVE_URL },
});
