import { backoff } from './backoff.ts';
import { type ApiAnswer, isTransient } from './http.ts';
import type { Platform } from './platform.ts';
import type { StatusDocument } from './protocol.ts';

/** How a status is read, and who hears of it. */
export interface PollingOptions {
  /** Reads the status; `etag` is that of the last answer. */
  read(etag: string | undefined, signal: AbortSignal): Promise<ApiAnswer<StatusDocument>>;
  /** A status, maybe one that is known already. */
  onStatus(job: StatusDocument): void;
  /** The API will not answer, however often it is asked; this is the end of it. */
  onRefused(error: unknown): void;
}

/** Reads a status again and again. */
export interface Polling {
  /** Reads after so many milliseconds, and then as the API asks for; replaces what was planned. */
  start(afterMs: number): void;
  stop(): void;
}

/** Between two reads when the API does not say. */
const defaultPauseMs = 2_000;
/** `Retry-After: 0` is no invitation to a busy loop, and an absurd one no reason to fall asleep. */
const pauseMs = { min: 250, max: 60_000 };

/** Polls a status at the pace that the API gives by Retry-After; failures that may pass are waited out. */
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
    // The status may have been the last, or someone started afresh.
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
