import * as z from 'zod/mini';
import {
  type OperatorAction,
  type OperatorAnswer,
  OperatorCall,
  type OperatorRequest,
  type OperatorResults,
  type RequestFor,
} from '../../domain/operator/operator-protocol.ts';
import { Refusal } from '../../domain/protocol/errors.ts';
import { fieldErrors } from '../../domain/protocol/field-errors.ts';
import { createDeadLetterQueues } from '../adapters/dead-letter-queues.ts';
import { createExecutionReports } from '../adapters/execution-reports.ts';
import { createExecutions } from '../adapters/executions.ts';
import { createJobHistory } from '../adapters/job-history.ts';
import { createJobLogs } from '../adapters/job-logs.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createOpenJobs } from '../adapters/open-jobs.ts';
import { createOrderSearch } from '../adapters/order-search.ts';
import { createOrders } from '../adapters/orders.ts';
import { createCancelJob } from '../commands/cancel-job.ts';
import { createRedriveJob } from '../commands/redrive-job.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger } from '../runtime/telemetry.ts';
import { withRequestId } from '../runtime/with-request-id.ts';
import { createChangeJobs } from './change-jobs.ts';
import { createErasePerson } from './erase-person.ts';
import { createExplainJobs } from './explain-jobs.ts';
import { createFindJobs } from './find-jobs.ts';
import { createHandleDeadLetters } from './handle-dead-letters.ts';

/** What does each action. */
export type OperatorActions = {
  readonly [Action in OperatorAction]: (request: RequestFor<Action>) => Promise<OperatorResults[Action]>;
};

/**
 * Answers operators. IAM decides who may invoke it, and there is no other way to it. Every request is logged with the
 * caller that it claims to come from, and with the request id by which CloudTrail proves it.
 *
 * @throws Error for anything but a refusal
 */
export function createOperate(actions: OperatorActions) {
  return async (event: unknown): Promise<OperatorAnswer> => {
    const parsed = z.safeParse(OperatorCall, event);
    if (!parsed.success) {
      const fields = fieldErrors(parsed.error.issues).map(({ pointer, detail }) => `${pointer}: ${detail}`);
      logger.warn('Operator request refused', { code: 'invalid_request' });
      return { refusal: { code: 'invalid_request', message: `The request is wrong. ${fields.join(' ')}` } };
    }
    const { claimedCaller, request } = parsed.data;
    logger.appendKeys({ claimedCaller, action: request.action });
    logger.info('Operator request', subjectOf(request));
    try {
      const act = actions[request.action] as (
        request: OperatorRequest,
      ) => ReturnType<OperatorActions['list']>;
      return { result: await act(request) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code, message } = error;
      logger.info('Operator request refused', { code });
      return { refusal: { code, message } };
    }
  };
}

/** What a request is about, without personal data: of a filter only the names. */
function subjectOf(request: OperatorRequest): Readonly<Record<string, unknown>> {
  switch (request.action) {
    case 'list':
      return { filter: Object.keys(request.filter) };
    case 'erase':
      return { dryRun: request.dryRun };
    default: {
      const { action: _, ...subject } = request;
      return subject;
    }
  }
}

/** As long as an operator waits for the search of logs; the function's timeout is a minute. */
const logsTimeoutMs = 45_000;

const environment = environmentOf('operator/operate');
const jobs = createJobs({ table: environment.JOBS_TABLE });
const orders = createOrders({ table: environment.ORDERS_TABLE });
const executions = createExecutions({ stateMachineArn: environment.STATE_MACHINE_ARN });
const orderSearch = createOrderSearch({
  table: environment.ORDERS_TABLE,
  byEmailIndex: environment.ORDERS_BY_EMAIL_INDEX,
  byReferenceIndex: environment.ORDERS_BY_REFERENCE_INDEX,
});
const clock = () => new Date();
const explain = createExplainJobs({
  jobs,
  orders,
  executionReports: createExecutionReports({ stateMachineArn: environment.STATE_MACHINE_ARN }),
  jobLogs: createJobLogs({
    groups: environment.LOG_GROUPS.split(','),
    deadline: () => AbortSignal.timeout(logsTimeoutMs),
  }),
  clock,
  expressStateMachineArn: environment.EXPRESS_STATE_MACHINE_ARN,
});
const letters = createHandleDeadLetters({
  deadLetters: createDeadLetterQueues({
    urls: {
      webhooks: environment.UNDELIVERED_QUEUE_URL,
      changes: environment.UNPROCESSED_QUEUE_URL,
      pushes: environment.UNPUSHED_QUEUE_URL,
    },
    due: environment.WEBHOOK_QUEUE_URL,
  }),
});
export const handler = withRequestId(
  createOperate({
    list: createFindJobs({
      jobs,
      openJobs: createOpenJobs({ table: environment.JOBS_TABLE, openIndex: environment.OPEN_JOBS_INDEX }),
      history: createJobHistory({
        table: environment.JOBS_TABLE,
        byOwnerIndex: environment.JOBS_BY_OWNER_INDEX,
      }),
      orderSearch,
      clock,
    }),
    ...explain,
    cancel: createChangeJobs({ jobs, change: createCancelJob({ jobs, executions, clock }) }),
    redrive: createChangeJobs({ jobs, change: createRedriveJob({ jobs, executions, clock }) }),
    'count-dead-letters': letters.count,
    'show-dead-letters': letters.show,
    'redrive-dead-letters': letters.redrive,
    erase: createErasePerson({ jobs, orders, orderSearch, clock }),
  }),
);
