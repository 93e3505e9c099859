import type { Context } from 'aws-lambda';
import { logger } from './telemetry.ts';

/** What an event of an API says about the request. */
interface ApiEvent {
  readonly requestContext?: { readonly requestId?: string };
}

/**
 * The handler of a function. Every line that it logs carries the id of the request: API Gateway's, which the client and the
 * access log know, and otherwise Lambda's.
 */
export function withRequestId<Event, Result>(handle: (event: Event) => Promise<Result>) {
  return (event: Event, context?: Pick<Context, 'awsRequestId'>): Promise<Result> => {
    const { requestContext } = event as ApiEvent;
    logger.resetKeys();
    logger.appendKeys({ requestId: requestContext?.requestId ?? context?.awsRequestId });
    return handle(event);
  };
}
