import * as restate from '@restatedev/restate-sdk';
import { takeEffect } from '../effects.ts';

/** A workflow an order: four stages that do nothing, each a durable step after which the status changes. */
const { EFFECTS = '', PORT } = process.env;

const order = restate.workflow({
  name: 'order',
  handlers: {
    run: async (ctx: restate.WorkflowContext) => {
      for (const stage of ['validation', 'payment', 'order-creation', 'email']) {
        ctx.set('status', stage);
        await ctx.run(stage, () => {
          if (stage === 'payment') takeEffect(EFFECTS, ctx.key);
        });
      }
      ctx.set('status', 'completed');
      return { at: await ctx.date.now() };
    },
    status: async (ctx: restate.WorkflowSharedContext) => (await ctx.get<string>('status')) ?? 'unknown',
  },
});

await restate.serve({ services: [order], port: Number(PORT) });
