import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OrderRefused } from '../../../../domain/protocol/errors.ts';
import { createMail } from '../../../../lambdas/adapters/mail.ts';
import { MailNotSent } from '../../../../lambdas/ports/mail.ts';
import { createStage } from '../../../../lambdas/runtime/stage.ts';
import { createEmail } from '../../../../lambdas/stages/email.ts';
import {
  type AwsAnswer,
  AwsRefusal,
  type AwsServiceStub,
  startAwsService,
} from '../../../support/aws-service.ts';
import {
  aJobAt,
  anOrderRecord,
  aSubmittedOrder,
  jobId,
  later,
  now,
  orderId,
} from '../../../support/builders.ts';
import { memoryMail } from '../../../support/fake-services.ts';
import { type Calls, memoryJobs, memoryOrders } from '../../../support/fakes.ts';
import { fourStages } from '../../../support/four-stages.ts';
import { logsOf } from '../../../support/logs.ts';
import { metricsOf } from '../../../support/metrics.ts';

function setUp(failure?: Error, order = anOrderRecord()) {
  const calls: Calls = [];
  const orders = memoryOrders([order], calls);
  const mail = memoryMail(calls, () => {
    if (failure) throw failure;
  });
  return { send: createEmail({ orders, mail, clock: () => now }), calls, mail, orders };
}

describe('the confirmation', () => {
  it('is claimed before it is sent', async () => {
    const { send, calls } = setUp();

    await send(aSubmittedOrder());

    expect(calls).toEqual(['orders.claimConfirmation', 'mail.send']);
  });

  it('is sent once, however often it is asked for', async () => {
    const { send, mail } = setUp();

    const outcomes = await Promise.allSettled([
      send(aSubmittedOrder()),
      send(aSubmittedOrder()),
      send(aSubmittedOrder()),
    ]);

    expect(mail.sent).toHaveLength(1);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  it('names the order, its items and its total, and not the payment token', async () => {
    const { send, mail } = setUp();

    await send(aSubmittedOrder());

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
    const { send, mail } = setUp(undefined, anOrderRecord({ currency }));

    await send(aSubmittedOrder());

    expect(mail.sent[0]?.text).toContain(`Total: ${total}`);
  });

  it('is given back when the mail service did not take it, so that a retry sends it', async () => {
    const { send, calls, orders } = setUp(new MailNotSent('Throttled'));

    await expect(send(aSubmittedOrder())).rejects.toThrow(MailNotSent);

    expect(calls.at(-1)).toBe('orders.releaseConfirmation');
    expect(orders.claimed.size).toBe(0);
  });

  it('stays claimed when it can never be sent', async () => {
    const failure = new OrderRefused('mail_refused', 'No such address.');
    const { send, calls } = setUp(failure);

    await expect(send(aSubmittedOrder())).rejects.toBe(failure);

    expect(calls).not.toContain('orders.releaseConfirmation');
  });

  it('is not sent again when it may have been sent; the step fails and the operator learns why', async () => {
    const { send, calls } = setUp(new Error('No answer in time'));
    const outcomes: unknown[] = [];

    const logs = await logsOf(async () => {
      for (const _attempt of [1, 2]) outcomes.push(await send(aSubmittedOrder()).catch((error) => error));
    });

    const unconfirmed = { name: 'OrderRefused', code: 'mail_unconfirmed' };
    expect(outcomes).toMatchObject([unconfirmed, unconfirmed]);
    expect(calls.filter((call) => call === 'mail.send')).toHaveLength(1);
    expect(calls).not.toContain('orders.releaseConfirmation');
    expect(logs).toContain('No answer in time');
    expect(logs).toContain('An earlier attempt claimed the confirmation');
  });
});

it('every attempt to send that failed is counted', async () => {
  const { send } = setUp(new MailNotSent('Throttled.'));

  expect(await metricsOf(() => send(aSubmittedOrder()))).toEqual(['MailFailed 1']);
});

describe('the confirmation through SES', () => {
  let ses: AwsServiceStub;
  beforeAll(async () => {
    ses = await startAwsService();
  });
  afterAll(() => ses.stop());

  it.each<[string, AwsAnswer]>([
    ['500', new AwsRefusal('InternalServiceErrorException', 500)],
    ['503', new AwsRefusal('ServiceUnavailable', 503)],
    ['nothing', 'lost'],
  ])(
    'is one mail when SES accepts it and answers %s, however often the stage is retried',
    async (_, answer) => {
      const orders = memoryOrders([anOrderRecord()]);
      const jobs = memoryJobs([aJobAt('email')]);
      const work = createEmail({
        orders,
        mail: createMail({ sender: 'orders@example.com' }),
        clock: () => now,
      });
      const stage = createStage('email', work, {
        jobs,
        orders,
        clock: () => later(50),
        learnedStages: async () => fourStages,
      });
      ses.answer(() => answer);

      for (let retryCount = 0; retryCount < 7; retryCount++)
        await stage({ jobId, retryCount }).catch(() => {});

      expect(ses.requests).toHaveLength(1);
      expect(jobs.stored.get(jobId)).toMatchObject({ status: 'completed' });
      expect(jobs.stored.get(jobId)?.steps.at(-1)).toMatchObject({ name: 'email', status: 'failed' });
    },
  );
});
