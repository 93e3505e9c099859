import { OrderRefused } from '../../../domain/protocol/errors.ts';
import { type Mail, MailNotSent, type Message } from '../../../lambdas/ports/mail.ts';
import type { Charge, Payments, Refund } from '../../../lambdas/ports/payments.ts';

/** How the providers behave towards one order. */
export interface Tempers {
  readonly isDeclined: boolean;
  /** Charges that fail before one succeeds. */
  readonly flakiness: number;
  /** Mails that are not taken before one is. */
  readonly mailFlakiness: number;
}

/** A payment provider that refuses what comes twice under one key, and a mail service. */
export interface Provider extends Payments, Mail {
  counts(): { readonly charges: number; readonly refunds: number; readonly mails: number };
}

export function createProvider({ isDeclined, flakiness, mailFlakiness }: Tempers): Provider {
  const entries = new Map<string, 'charge' | 'refund' | 'withdrawn'>();
  let [failures, mailFailures, mails] = [flakiness, mailFlakiness, 0];
  const count = (kind: string) => [...entries.values()].filter((entry) => entry === kind).length;

  return {
    async charge({ key }: Charge) {
      if (isDeclined) throw new OrderRefused('card_declined', 'The card was declined.');
      if (failures-- > 0) throw new Error('The provider did not answer.');
      if (!entries.has(key)) entries.set(key, 'charge');
    },
    async refund({ key, chargeKey }: Refund) {
      if (!entries.has(chargeKey)) entries.set(chargeKey, 'withdrawn');
      if (entries.get(chargeKey) === 'charge') entries.set(key, 'refund');
    },
    async send(_: Message) {
      if (mailFailures-- > 0) throw new MailNotSent('Not taken.');
      mails += 1;
    },
    counts: () => ({ charges: count('charge'), refunds: count('refund'), mails }),
  };
}
