import { StandardRetryStrategy } from '@smithy/core/retry';

type Refresh = StandardRetryStrategy['refreshRetryTokenForRetry'];

/**
 * Repeats a call that got no answer, and none that was throttled: the caller learns of it at once, and what the service can
 * take is left to others.
 */
export class GiveUpWhenThrottled extends StandardRetryStrategy {
  override async refreshRetryTokenForRetry(...[token, failure]: Parameters<Refresh>): ReturnType<Refresh> {
    if (failure.errorType === 'THROTTLING') throw new Error('A throttled call is not repeated.');
    return super.refreshRetryTokenForRetry(token, failure);
  }
}
