import { describe, expect, it } from '@jest/globals';
import { CannotRedrive } from '../../../../domain/protocol/errors.ts';
import { createHandleDeadLetters } from '../../../../lambdas/operator/handle-dead-letters.ts';

function setUp(messages: number) {
  let redrives = 0;
  const letter = { sentAt: '2026-01-20T15:30:00.000Z', body: '{}' };
  const handle = createHandleDeadLetters({
    deadLetters: {
      count: async (queue) => (queue === 'webhooks' ? messages : 0),
      peek: async () => Array.from({ length: messages }, () => letter),
      async redriveWebhooks() {
        redrives++;
      },
    },
  });
  return { ...handle, redrives: () => redrives };
}

describe('dead letters', () => {
  it('are counted in every queue', async () => {
    expect(await setUp(3).count()).toEqual({
      queues: [
        { queue: 'webhooks', messages: 3 },
        { queue: 'changes', messages: 0 },
        { queue: 'pushes', messages: 0 },
      ],
    });
  });

  it('are shown', async () => {
    const { letters } = await setUp(2).show({ action: 'show-dead-letters', queue: 'webhooks' });

    expect(letters).toHaveLength(2);
  });

  it('are moved back when they are webhooks', async () => {
    const { redrive, redrives } = setUp(2);

    expect(await redrive({ action: 'redrive-dead-letters', queue: 'webhooks' })).toEqual({ messages: 2 });
    expect(redrives()).toBe(1);
  });

  it('are not moved when there are none', async () => {
    const { redrive, redrives } = setUp(0);

    expect(await redrive({ action: 'redrive-dead-letters', queue: 'webhooks' })).toEqual({ messages: 0 });
    expect(redrives()).toBe(0);
  });

  it.each(['changes', 'pushes'] as const)('are not moved when they came from a stream: %s', async (queue) => {
    const { redrive, redrives } = setUp(2);

    await expect(redrive({ action: 'redrive-dead-letters', queue })).rejects.toThrow(CannotRedrive);
    expect(redrives()).toBe(0);
  });
});
