/** Pause between two polls if the API sets none. */
const defaultMs = 2_000;
/** Bounds on a poll's pause: 0 must not cause a busy loop, nor a huge value a standstill. */
const minPollMs = 1_000;
const maxPollMs = 60_000;
/** A job has about four stages, and `Retry-After` spans them all. */
const pollsPerEstimate = 4;
/** First and longest pause between two checks of a socket. */
const firstCheckMs = 10_000;
const maxCheckMs = 300_000;
/** Time for the end to be told after its estimate. */
const graceMs = 1_000;

/**
 * Milliseconds to the next poll while nothing else tells of changes. `Retry-After` names the estimated end; steps show
 * only to those who ask more often. An overdue job is asked for as seldom as the API wants.
 */
export function pollPause(retryAfterMs: number = defaultMs, remainingMs: number = 0): number {
  const pause = remainingMs > 0 ? retryAfterMs / pollsPerEstimate : retryAfterMs;
  return Math.min(maxPollMs, Math.max(minPollMs, pause));
}

/** Milliseconds to the next check of what a socket tells: growing, and one when the end is due. */
export function checkPause(checks: number, remainingMs: number = 0): number {
  const pause = Math.min(maxCheckMs, firstCheckMs * 2 ** checks);
  return remainingMs > 0 ? Math.min(pause, remainingMs + graceMs) : pause;
}
