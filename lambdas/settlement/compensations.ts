import { chargeKeyOf, refundKeyOf } from '../../domain/job/job.ts';
import type { OrderRecord } from '../../domain/order/order.ts';
import type { CompensationName } from '../../domain/stages.ts';
import type { Clock } from '../ports/clock.ts';
import type { Orders } from '../ports/orders.ts';
import type { Payments } from '../ports/payments.ts';

/** Undoes a stage. It is safe to repeat and has no effect if the stage did nothing. */
export type Compensation = (order: OrderRecord) => Promise<void>;

/** What undoes a stage, by the name that the job recorded. */
export type Compensations = Readonly<Record<CompensationName, Compensation>>;

export interface CompensationPorts {
  readonly payments: Pick<Payments, 'refund'>;
  readonly orders: Pick<Orders, 'void'>;
  readonly clock: Clock;
}

/** The compensations that the stage table names, or named while orders that may need them were accepted. */
export function createCompensations({ payments, orders, clock }: CompensationPorts): Compensations {
  return {
    'refund-charge': ({ jobId, total, currency }) =>
      payments.refund({
        key: refundKeyOf(jobId),
        chargeKey: chargeKeyOf(jobId),
        jobId,
        amount: total,
        currency,
      }),
    'void-order': ({ orderId }) => orders.void(orderId, clock()),
  };
}
