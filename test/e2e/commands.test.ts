import { describe, expect, it } from '@jest/globals';
import { cancelWhilePaying } from './support/cancel-while-paying.ts';
import { needing } from './support/needing.ts';
import { anOwner, anotherOwner } from './support/orders-api.ts';

describe('a cancellation', () => {
  it('is taken while the payment is made, and undoes it', async () => {
    const api = await anOwner();

    const { jobId, asked, ended } = await cancelWhilePaying(api);

    expect(asked.status).toBe(202);
    expect(ended).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } });
    expect(ended.steps.find(({ name }) => name === 'payment')?.status).toBe('compensated');
    expect((await api.ask(jobId, 'cancel')).status).toBe(202);
  });

  it('is refused with the reason once the job has ended', async () => {
    const api = await anOwner();
    const { jobId } = (await api.submit()).body;
    await api.ending(jobId);

    const { status, body } = await api.ask(jobId, 'cancel');

    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'cannot_cancel', detail: expect.stringContaining('completed') });
  });
});

describe('a redrive', () => {
  it('is refused with the reason when there is nothing to resume', async () => {
    const api = await anOwner();
    const { jobId } = (await api.submit({ payment: { token: 'tok_declined' } })).body;
    await api.ending(jobId);

    const { status, body } = await api.ask(jobId, 'redrive');

    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'cannot_redrive' });
  });
});

needing('a second owner (--other-token)')("a command for another owner's job", () => {
  it('is refused as for one that is missing', async () => {
    const [ada, grace] = [await anOwner(), await anotherOwner()];
    const { jobId } = (await ada.submit()).body;

    for (const verb of ['cancel', 'redrive'] as const)
      expect((await grace.ask(jobId, verb)).status).toBe(404);
    expect((await ada.ending(jobId)).status).toBe('completed');
  });
});
