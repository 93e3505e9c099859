import { isTerminal, type StatusDocument } from '@accepted/client';
import type { CreateOrderState } from '@accepted/client/react';
import { texts } from './texts.ts';

/** How an order stands, in the words of the page. */
export type Phase =
  | 'idle'
  | 'submitting'
  | 'interrupted'
  | 'refused'
  | 'retrying'
  | 'cancelling'
  | StatusDocument['status'];

/** The state of a job, or of the submission that has none yet. */
export function phaseOf(job: StatusDocument | undefined, state: CreateOrderState): Phase {
  if (!job) return state === 'error' ? 'refused' : state;
  if (isTerminal(job)) return job.status;
  if (job.cancelling) return 'cancelling';
  const isRetried = job.steps.some(
    ({ name, attempts, nextAttemptAt }) => name === job.stage && (attempts || nextAttemptAt),
  );
  return isRetried ? 'retrying' : job.status;
}

/** The word of a phase. */
export function phaseWord(phase: Phase): string {
  if (phase === 'idle') return '';
  return phase in texts.status
    ? texts.status[phase as keyof typeof texts.status]
    : texts[phase as 'retrying'];
}
