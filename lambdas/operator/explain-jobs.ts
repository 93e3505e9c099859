import { orderIdOf } from '../../domain/job/job.ts';
import { settlementExecutionOf } from '../../domain/job/settlement.ts';
import { stateMachineUrlOf } from '../../domain/operator/console-url.ts';
import type { OperatorOrder, OperatorResults, RequestFor } from '../../domain/operator/operator-protocol.ts';
import type { OrderRecord } from '../../domain/order/order.ts';
import type { Clock } from '../ports/clock.ts';
import type { ExecutionReports } from '../ports/execution-reports.ts';
import type { JobLogs } from '../ports/job-logs.ts';
import type { Jobs } from '../ports/jobs.ts';
import type { Orders } from '../ports/orders.ts';
import { existingJob, operatorJob } from './operator-job.ts';

export interface ExplainJobsPorts {
  readonly jobs: Pick<Jobs, 'get'>;
  readonly orders: Pick<Orders, 'get'>;
  readonly executionReports: ExecutionReports;
  readonly jobLogs: JobLogs;
  readonly clock: Clock;
  /** ARN of the state machine that orders begin in, if it is an Express one. */
  readonly expressStateMachineArn?: string | undefined;
}

/**
 * Shows a job, what its executions did, and what the functions logged about it.
 *
 * @throws NotFound when there is no such job
 */
export function createExplainJobs(ports: ExplainJobsPorts) {
  const { jobs, orders, executionReports, jobLogs, clock, expressStateMachineArn } = ports;

  return {
    async show({ jobId }: RequestFor<'show'>): Promise<OperatorResults['show']> {
      const job = await existingJob(jobs, jobId);
      const order = await orders.get(orderIdOf(jobId));
      return { job: operatorJob(job, clock()), ...(order && { order: operatorOrder(order) }) };
    },

    async why({ jobId }: RequestFor<'why'>): Promise<OperatorResults['why']> {
      const job = await existingJob(jobs, jobId);
      const settlements = Array.from({ length: job.settlement ?? 1 }, (_, n) =>
        settlementExecutionOf({ jobId, settlement: n + 1 }),
      );
      const reports = await Promise.all([jobId, ...settlements].map((name) => executionReports.read(name)));
      return {
        job: operatorJob(job, clock()),
        executions: reports.filter((report) => report !== undefined),
        ...(expressStateMachineArn && { express: stateMachineUrlOf(expressStateMachineArn) }),
      };
    },

    async logs({ jobId }: RequestFor<'logs'>): Promise<OperatorResults['logs']> {
      const job = await existingJob(jobs, jobId);
      return jobLogs.read(jobId, new Date(job.createdAt));
    },
  };
}

const operatorOrder = (order: OrderRecord): OperatorOrder => ({
  orderId: order.orderId,
  items: order.items.length,
  total: order.total,
  currency: order.currency,
  submittedAt: order.submittedAt,
  createdAt: order.createdAt,
  voidedAt: order.voidedAt,
  erasedAt: order.erasedAt,
});
