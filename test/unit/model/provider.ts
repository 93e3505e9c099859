import { OrderRefused } from '../../../domain/protocol/errors.ts';
import { type Mail, MailNotSent } from '../../../lambdas/ports/mail.ts';
import type { Payments } from '../../../lambdas/ports/payments.ts';
import { memoryMail, memoryPayments } from '../../support/fake-services.ts';

/** How the providers behave towards one order. */
export interface Tempers {
  readonly isDeclined: boolean;
  /** Charges that fail before one succeeds. */
  readonly flakiness: number;
  /** Mails that are not taken before one is. */
  readonly mailFlakiness: number;
}

/** A payment provider and a mail service. */
export interface Provider extends Payments, Mail {
  counts(): { readonly charges: number; readonly refunds: number; readonly mails: number };
}

export function createProvider({ isDeclined, flakiness, mailFlakiness }: Tempers): Provider {
  let [failures, mailFailures] = [flakiness, mailFlakiness];
  const { charges, refunds, ...payments } = memoryPayments(() => {
    if (isDeclined) throw new OrderRefused('card_declined', 'The card was declined.');
    if (failures-- > 0) throw new Error('The provider did not answer.');
  });
  const { sent, ...mail } = memoryMail([], () => {
    if (mailFailures-- > 0) throw new MailNotSent('Not taken.');
  });

  return {
    ...payments,
    ...mail,
    counts: () => ({ charges: charges.length, refunds: refunds.length, mails: sent.length }),
  };
}
