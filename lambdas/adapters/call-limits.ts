/** Timeout of one attempt, in milliseconds, including the connection: a hundred times the usual duration. */
const attemptMs = 1_000;

/** One attempt and two retries, for transient errors such as a lost connection or a throttled request. */
const attempts = 3;

/** Longest total of the pauses between three attempts, in milliseconds: the SDK's backoff starts at 50 ms and doubles. */
const pausesMs = 200;

/** Longest duration of a call, in milliseconds. The timeouts of the functions are derived from it. */
export const longestCallMs = attempts * attemptMs + pausesMs;

/**
 * Limits for the client of an AWS service that a function waits for. A service that hangs becomes an error while the
 * function still has time to respond or to record the failure.
 */
export const callLimits = {
  maxAttempts: attempts,
  requestHandler: { requestTimeout: attemptMs, throwOnRequestTimeout: true },
} as const;
