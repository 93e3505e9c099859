import { deadLetterQueues } from '../../domain/operator/dead-letter-queues.ts';
import type { OperatorResults, RequestFor } from '../../domain/operator/operator-protocol.ts';
import { CannotRedrive } from '../../domain/protocol/errors.ts';
import type { DeadLetterQueues } from '../ports/dead-letter-queues.ts';

/** Counts, shows and redrives dead letters. */
export function createHandleDeadLetters({ deadLetters }: { readonly deadLetters: DeadLetterQueues }) {
  return {
    async count(): Promise<OperatorResults['count-dead-letters']> {
      const counts = deadLetterQueues.map(async ({ name }) => ({
        queue: name,
        messages: await deadLetters.count(name),
      }));
      return { queues: await Promise.all(counts) };
    },

    async show({ queue }: RequestFor<'show-dead-letters'>): Promise<OperatorResults['show-dead-letters']> {
      return { letters: await deadLetters.peek(queue) };
    },

    /** @throws CannotRedrive when the letters did not come from a queue */
    async redrive({
      queue,
    }: RequestFor<'redrive-dead-letters'>): Promise<OperatorResults['redrive-dead-letters']> {
      const row = deadLetterQueues.find(({ name }) => name === queue);
      if (!row?.isRedrivable)
        throw new CannotRedrive(`The letters in ${queue} cannot be redriven. ${row?.advice}`);
      const messages = await deadLetters.count(queue);
      if (messages > 0) await deadLetters.redriveWebhooks();
      return { messages };
    },
  };
}
