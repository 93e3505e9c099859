import { describe, expect, it } from '@jest/globals';
import { OrderRefused } from '../../../../domain/protocol/errors.ts';
import { MailNotSent } from '../../../../lambdas/ports/mail.ts';
import { createEmail } from '../../../../lambdas/stages/email.ts';
import { anOrderRecord, now, orderId } from '../../../support/builders.ts';
import { memoryMail } from '../../../support/fake-services.ts';
import { type Calls, memoryOrders } from '../../../support/fakes.ts';

function setUp(failure?: Error) {
  const calls: Calls = [];
  const orders = memoryOrders([], calls);
  const mail = memoryMail(calls, () => {
    if (failure) throw failure;
  });
  return { send: createEmail({ orders, mail, clock: () => now }), calls, mail, orders };
}

describe('the confirmation', () => {
  it('is claimed before it is sent', async () => {
    const { send, calls } = setUp();

    await send(anOrderRecord());

    expect(calls).toEqual(['orders.claimConfirmation', 'mail.send']);
  });

  it('is sent once, however often it is asked for', async () => {
    const { send, mail } = setUp();

    await Promise.all([send(anOrderRecord()), send(anOrderRecord())]);
    await send(anOrderRecord());

    expect(mail.sent).toHaveLength(1);
  });

  it('names the order, its items and its total, and not the payment token', async () => {
    const { send, mail } = setUp();

    await send(anOrderRecord());

    const [message] = mail.sent;
    expect(message).toMatchObject({ to: 'ada@example.com', subject: `Your order ${orderId}` });
    expect(message?.text).toContain('2 × book-1  €39.98');
    expect(message?.text).toContain('Total: €39.98');
    expect(message?.text).not.toContain('tok_');
  });

  it.each([
    ['JPY', '¥3,998'],
    ['TND', 'TND\u00a03.998'],
    ['USD', '$39.98'],
    ['HUF', 'HUF\u00a039.98'],
    ['IQD', 'IQD\u00a03.998'],
  ])('shows prices in the minor unit of %s', async (currency, total) => {
    const { send, mail } = setUp();

    await send(anOrderRecord({ currency }));

    expect(mail.sent[0]?.text).toContain(`Total: ${total}`);
  });

  it('is given back when the mail service did not take it, so that a retry sends it', async () => {
    const { send, calls, orders } = setUp(new MailNotSent('Throttled'));

    await expect(send(anOrderRecord())).rejects.toThrow(MailNotSent);

    expect(calls.at(-1)).toBe('orders.releaseConfirmation');
    expect(orders.claimed.size).toBe(0);
  });

  it.each([
    ['may have been sent', new Error('No answer in time')],
    ['can never be sent', new OrderRefused('mail_refused', 'No such address.')],
  ])('stays claimed when it %s', async (_, failure) => {
    const { send, calls } = setUp(failure);

    await expect(send(anOrderRecord())).rejects.toBe(failure);

    expect(calls).not.toContain('orders.releaseConfirmation');
  });
});
