import * as z from 'zod/mini';
import { dueStage, Job } from '../../domain/job/job.ts';

/** Longest age of a job that replaces a read, in milliseconds: an attempt that comes later, such as a redrive, reads. */
const freshMs = 10_000;

/** A job in the history of its execution, which must not show whose it is and by which ticket it is watched. */
const PassedJob = z.omit(Job, { owner: true, ticket: true });
export type PassedJob = Readonly<z.infer<typeof PassedJob>>;

/** What a stage passes to the next one, so that this needs no read. */
export const passOn = ({ owner: _, ticket: __, ...job }: Job): PassedJob => ({
  ...job,
  steps: [...job.steps],
});

/**
 * The job that the stage before passed on, if this stage is due by it and it was stored a moment ago. It may have changed
 * since, as it may after a read: every write is conditional on its version. Owner and ticket are blank.
 */
export function passedJob(passed: unknown, { stage, now }: { stage: string; now: Date }): Job | undefined {
  const { data } = z.safeParse(PassedJob, passed);
  if (!data || dueStage({ ...data, owner: '', ticket: '' }) !== stage || data.cancelling) return undefined;
  const ageMs = now.getTime() - Date.parse(data.updatedAt);
  return ageMs < freshMs ? { ...data, owner: '', ticket: '' } : undefined;
}
