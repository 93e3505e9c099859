import type { Context } from 'aws-lambda';
import { logger } from './telemetry.ts';

/** What an event of an API says about the request. */
interface ApiEvent {
  readonly requestContext?: { readonly requestId?: string };
}

/** Time before the timeout at which it is logged, in milliseconds. */
const noticeMs = 500;

/**
 * The handler of a function. Every line that it logs carries the id of the request: API Gateway's, which the client and the
 * access log know, and otherwise Lambda's. An invocation that times out logs that, because Lambda's own line about it knows
 * nothing of the job.
 */
export function withRequestId<Event, Result>(
  handle: (event: Event, context?: Partial<Context>) => Promise<Result>,
) {
  return async (event: Event, context?: Partial<Context>): Promise<Result> => {
    const { requestContext } = event as ApiEvent;
    logger.resetKeys();
    logger.appendKeys({ requestId: requestContext?.requestId ?? context?.awsRequestId });
    const remainingMs = context?.getRemainingTimeInMillis?.();
    const notice =
      remainingMs === undefined
        ? undefined
        : setTimeout(() => logger.error('The function is timing out'), remainingMs - noticeMs);
    try {
      return await handle(event, context);
    } finally {
      clearTimeout(notice);
    }
  };
}
