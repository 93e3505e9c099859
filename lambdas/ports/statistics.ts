import type { Durations } from '../../domain/job/durations.ts';

/** The learned durations of the stages. */
export interface Statistics {
  /** Rejects when the signal is aborted. */
  durations(signal?: AbortSignal): Promise<Durations>;
  /** Stores what `update` returns. If another writer was faster, `update` is called again with its durations, a few times. */
  change(update: (durations: Durations) => Durations): Promise<void>;
}
