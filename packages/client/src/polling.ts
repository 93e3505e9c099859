import { backoff } from './backoff.ts';
import { type ApiAnswer, isTransient } from './http.ts';
import type { Platform } from './platform.ts';
import type { StatusDocument } from './protocol.ts';

/** How to read a status, and the callbacks. */
export interface PollingOptions {
  /** Reads the status; `etag` is that of the last answer. */
  read(etag: string | undefined, signal: AbortSignal): Promise<ApiAnswer<StatusDocument>>;
  /** Receives a status, which may be known already. */
  onStatus(job: StatusDocument): void;
  /** The API refuses for good. No further callback follows. */
  onRefused(error: unknown): void;
}

/** Polls a status. */
export interface Polling {
  /** Reads after `afterMs` milliseconds and then at the API's pace. Replaces the planned read. */
  start(afterMs: number): void;
  stop(): void;
}

/** Pause between two reads if the API sets none. */
const defaultPauseMs = 2_000;
/** Bounds on `Retry-After`: 0 must not cause a busy loop, nor a huge value a standstill. */
const pauseMs = { min: 250, max: 60_000 };

/** Polls a status at the pace of the API's `Retry-After`, and retries after temporary failures. */
export function createPolling({ read, onStatus, onRefused }: PollingOptions, platform: Platform): Polling {
  let cancelWait = () => {};
  let reading: AbortController | undefined;
  let etag: string | undefined;
  let failures = 0;

  async function poll(): Promise<void> {
    const controller = new AbortController();
    reading = controller;
    let pause: number;
    try {
      const answer = await read(etag, controller.signal);
      if (reading !== controller) return;
      failures = 0;
      etag = answer.etag ?? etag;
      pause = answer.retryAfterMs ?? defaultPauseMs;
      if (answer.body) onStatus(answer.body);
    } catch (error) {
      if (reading !== controller) return;
      if (!isTransient(error)) {
        stop();
        return onRefused(error);
      }
      pause = ((error as { retryAfterMs?: number }).retryAfterMs ?? 0) + backoff(failures++, platform.random);
    }
    // The status may have been the last, or polling was restarted meanwhile.
    if (reading === controller) start(Math.min(pauseMs.max, Math.max(pauseMs.min, pause)));
  }

  function start(afterMs: number): void {
    stop();
    cancelWait = platform.after(afterMs, poll);
  }

  function stop(): void {
    cancelWait();
    reading?.abort();
    reading = undefined;
  }

  return { start, stop };
}
