import { isTerminal, type StatusDocument } from '@accepted/client';
import { stageName, texts } from './texts.ts';

/**
 * The sentence that a screen reader hears of a job: it changes with the stage, its attempts and the end, and not with
 * time. Failures are not here, they are alerts.
 */
export function announcementOf(job: StatusDocument | undefined): string {
  if (!job) return '';
  const { announce } = texts;
  if (job.status === 'completed') return announce.completed;
  if (job.status === 'cancelled') return announce.cancelled;
  if (isTerminal(job)) return '';
  if (job.cancelling) return announce.cancelling;
  const step = job.steps.find(({ name }) => name === job.stage);
  if (!step) return announce.accepted;
  const stage = stageName(step.name);
  return step.attempts ? announce.retry(stage, step.attempts) : announce.stage(stage);
}
