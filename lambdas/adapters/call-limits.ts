/** Longest wait for the answer to one attempt, connecting included: a hundred times what is usual. */
const attemptMs = 1_000;

/** Two more, for what a moment mends: a lost connection, a throttled request. */
const attempts = 3;

/** Longest pauses between three attempts, in all: the SDK's backoff begins at 50 ms and doubles. */
const pausesMs = 200;

/** Longest that a call may take before it fails, in milliseconds. A function's timeout is made of these. */
export const longestCallMs = attempts * attemptMs + pausesMs;

/**
 * Limits for a client of an AWS service that a function waits for: a service that hangs becomes an error while the
 * function still has the time to answer, or to record, that it did.
 */
export const callLimits = {
  maxAttempts: attempts,
  requestHandler: { requestTimeout: attemptMs, throwOnRequestTimeout: true },
} as const;
