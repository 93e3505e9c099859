import { chargeKeyOf, refundKeyOf } from '../../domain/job/job.ts';
import type { OrderRecord } from '../../domain/order/order.ts';
import type { StageTable } from '../../domain/stages.ts';
import type { Clock } from '../ports/clock.ts';
import type { Orders } from '../ports/orders.ts';
import type { Payments } from '../ports/payments.ts';

/** What undoes a stage, by the name in its row. Each is safe to repeat and has no effect if the stage did nothing. */
export type Compensations = Readonly<
  Record<NonNullable<StageTable[number]['compensation']>, (order: OrderRecord) => Promise<void>>
>;

export interface CompensationPorts {
  readonly payments: Pick<Payments, 'refund'>;
  readonly orders: Pick<Orders, 'void'>;
  readonly clock: Clock;
}

/** The compensations that the stage table names. */
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
