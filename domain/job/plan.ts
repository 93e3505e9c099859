import { isUndone, type Job, type Step } from './job.ts';
import { progressOf } from './status.ts';
import { skippedStep } from './steps.ts';

/*
 * The stage table may change while a job is being processed. Its execution keeps the definition with which it was
 * started, and every state of that definition passes the definition's stages to its function: the plan of the execution.
 */

/**
 * The job with the steps of its execution's plan. A stage that the job does not know becomes a step of it: pending, or
 * skipped if a later stage is done already. A step that is not done and that the plan lacks is skipped, until an execution
 * comes whose plan has it: an Express execution may hand a job over to a Standard one of another definition.
 *
 * @param plan - names of the stages, in order; without one the job keeps its steps
 * @returns the same object if the steps agree with the plan
 */
export function followPlan(job: Job, plan: readonly string[] | undefined): Job {
  if (!plan) return job;
  const lastDone = plan.findLastIndex((name) =>
    job.steps.some((step) => step.name === name && isDone(step) && name !== job.error?.stage),
  );
  const planned = plan.map((name, index): Step => {
    const step = job.steps.find((candidate) => candidate.name === name);
    if (index < lastDone) return step ?? { name, status: 'skipped' };
    return step?.status === 'skipped' ? resumed(step) : (step ?? { name, status: 'pending' });
  });
  const steps = job.steps.reduce<readonly Step[]>((merged, step, index) => {
    if (plan.includes(step.name)) return merged;
    const before = merged.findIndex(({ name }) => name === job.steps[index - 1]?.name);
    return merged.toSpliced(before + 1, 0, isUndone(step) ? skippedStep(step) : step);
  }, planned);
  const isSame = steps.length === job.steps.length && steps.every((step, index) => step === job.steps[index]);
  return isSame ? job : { ...job, steps, reached: progressOf(job) };
}

const isDone = (step: Step): boolean => !isUndone(step) && step.status !== 'skipped';

/** A step that another plan skipped. One that had begun is undone if the job is. */
const resumed = (step: Step): Step => ({
  ...step,
  status: step.compensation === undefined ? 'pending' : 'in-progress',
});
