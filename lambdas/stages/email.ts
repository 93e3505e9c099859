import { formatMoney } from '../../domain/order/format-money.ts';
import type { OrderRecord } from '../../domain/order/order.ts';
import { OrderRefused } from '../../domain/protocol/errors.ts';
import { createMail } from '../adapters/mail.ts';
import type { Clock } from '../ports/clock.ts';
import { type Mail, MailNotSent } from '../ports/mail.ts';
import type { Orders } from '../ports/orders.ts';
import { environmentOf } from '../runtime/environment.ts';
import { measure } from '../runtime/measure.ts';
import { createStage, type Work } from '../runtime/stage.ts';
import { logger } from '../runtime/telemetry.ts';
import { stagePorts } from '../wiring/stage-ports.ts';

export interface EmailPorts {
  readonly orders: Pick<Orders, 'claimConfirmation' | 'releaseConfirmation'>;
  readonly mail: Mail;
  readonly clock: Clock;
}

/**
 * Sends the confirmation at most once: it is claimed before it is sent, and the claim is released only when the mail
 * service certainly did not accept the message. The stage completes only if the mail service accepted the message.
 */
export function createEmail({ orders, mail, clock }: EmailPorts): Work {
  return async ({ orderId }) => {
    const claimed = await orders.claimConfirmation(orderId, clock());
    if (claimed === undefined)
      throw unconfirmed('An earlier attempt claimed the confirmation and did not complete');
    const { claim, order } = claimed;
    try {
      await mail.send({ to: order.email, subject: `Your order ${orderId}`, text: confirmation(order) });
    } catch (error) {
      measure('MailFailed', 1);
      if (error instanceof OrderRefused) throw error;
      if (error instanceof MailNotSent) {
        await orders.releaseConfirmation(orderId, claim);
        throw error;
      }
      throw unconfirmed('The mail service did not say whether it accepted the confirmation', error as Error);
    }
  };
}

/** Ends the stage without a retry, which could send the confirmation twice. */
function unconfirmed(reason: string, error?: Error): OrderRefused {
  logger.error(`${reason}; it is not sent again`, { ...(error && { error }) });
  return new OrderRefused('mail_unconfirmed', 'The confirmation may or may not have been sent.');
}

function confirmation({ orderId, items, total, currency }: OrderRecord): string {
  const money = (minorUnits: number) => formatMoney(minorUnits, currency);
  return [
    'Thank you for your order.',
    '',
    ...items.map((item) => `${item.quantity} × ${item.sku}  ${money(item.quantity * item.unitPrice)}`),
    '',
    `Total: ${money(total)}`,
    `Order: ${orderId}`,
  ].join('\n');
}

const environment = environmentOf('stages/email');
const ports = stagePorts(environment);
const mail = createMail({ sender: environment.MAIL_SENDER });
export const handler = createStage('email', createEmail({ ...ports, mail }), ports);
