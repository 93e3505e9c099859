import type { ordersApi } from './orders-api.ts';

/** Places an order, and cancels it while its payment is made. */
export async function cancelWhilePaying(api: Awaited<ReturnType<typeof ordersApi>>) {
  const { jobId } = (await api.submit({ payment: { token: 'tok_slow' } })).body;
  await api.until(jobId, ({ stage }) => stage === 'payment');
  const asked = await api.ask(jobId, 'cancel');
  return { jobId, asked, ended: await api.ending(jobId) };
}
