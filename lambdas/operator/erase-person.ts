import { isRedrivable, isTerminal } from '../../domain/job/job.ts';
import { maxPage, type OperatorResults, type RequestFor } from '../../domain/operator/operator-protocol.ts';
import type { OrderRecord } from '../../domain/order/order.ts';
import type { Clock } from '../ports/clock.ts';
import type { Jobs } from '../ports/jobs.ts';
import type { OrderSearch } from '../ports/order-search.ts';
import type { Orders } from '../ports/orders.ts';
import { logger } from '../runtime/telemetry.ts';

export interface ErasePersonPorts {
  readonly jobs: Pick<Jobs, 'get'>;
  readonly orders: Pick<Orders, 'get' | 'erase'>;
  readonly orderSearch: OrderSearch;
  readonly clock: Clock;
}

/**
 * Erases the personal data in the orders of one e-mail address. An order whose job may still go on is kept, because its
 * stages and their compensations need it.
 */
export function createErasePerson({ jobs, orders, orderSearch, clock }: ErasePersonPorts) {
  return async ({ email, dryRun, cursor }: RequestFor<'erase'>): Promise<OperatorResults['erase']> => {
    const page = await orderSearch.find({ by: 'email', value: email, limit: maxPage, cursor });
    const erased: string[] = [];
    const kept: { readonly jobId: string; readonly reason: string }[] = [];
    for (const orderId of page.orderIds) {
      const order = await orders.get(orderId);
      // The index is eventually consistent: it may still list what was erased or has expired.
      if (!order || order.erasedAt !== undefined) continue;
      const reason = await reasonToKeep(order);
      if (reason !== undefined) kept.push({ jobId: order.jobId, reason });
      else {
        if (!dryRun) {
          await orders.erase(orderId, clock());
          logger.info('Personal data erased', { jobId: order.jobId });
        }
        erased.push(order.jobId);
      }
    }
    return { erased, kept, ...(page.cursor !== undefined && { cursor: page.cursor }) };
  };

  /** @returns undefined when nothing needs the personal data any more */
  async function reasonToKeep({ jobId, createdAt, voidedAt }: OrderRecord): Promise<string | undefined> {
    const job = await jobs.get(jobId);
    if (job && isRedrivable(job))
      return 'The job waits for a redrive. Redrive or cancel it, then erase again.';
    if (job && !isTerminal(job))
      return 'The job is going on. Cancel it or wait for its end, then erase again.';
    if (job || createdAt !== undefined || voidedAt !== undefined) return undefined;
    return 'It is a submission without a job. Time to live deletes it within weeks.';
  }
}
