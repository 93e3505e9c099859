import { isTerminal } from '../../domain/job/job.ts';
import { deadLetterQueues } from '../../domain/operator/dead-letter-queues.ts';
import type {
  ExecutionReport,
  FailedAttempt,
  JobResult,
  LogLine,
  OperatorJob,
  OperatorOrder,
  OperatorResults,
} from '../../domain/operator/operator-protocol.ts';
import { table } from './table.ts';

/** One line a job. */
export const describeJobs = (jobs: readonly OperatorJob[]): string =>
  jobs.length === 0
    ? 'No jobs.'
    : table(
        ['JOB', 'STATUS', 'STAGE', 'CHANGED', 'OWNER', 'NOTE'],
        jobs.map((job) => [job.jobId, job.status, job.stage ?? '', job.updatedAt, job.owner, noteOf(job)]),
      );

/** What is special about a job. */
export function noteOf({ error, cancelling, steps, stage }: OperatorJob): string {
  const step = steps.find(({ name }) => name === stage);
  return [
    ...(cancelling ? ['cancelling'] : []),
    ...(error ? [error.code] : []),
    ...(error?.redrivableUntil ? [`redrivable until ${error.redrivableUntil}`] : []),
    ...(step?.attempts ? [`${step.attempts} attempts`] : []),
    ...(step?.nextAttemptAt ? [`next by ${step.nextAttemptAt}`] : []),
  ].join(', ');
}

/** A job with its steps and its order. */
export function describeJob(job: OperatorJob, order?: OperatorOrder): string {
  const facts = {
    job: job.jobId,
    status: `${job.status}, version ${job.version}, ${job.progress} %`,
    owner: job.owner,
    note: noteOf(job),
    error: job.error?.message,
    created: job.createdAt,
    changed: job.updatedAt,
    expires: job.expiresAt,
    order: order && `${order.orderId}, ${order.items} items, ${order.total} ${order.currency} (minor units)`,
    'order created': order?.createdAt,
    'order voided': order?.voidedAt,
    'data erased': order?.erasedAt,
  };
  const steps = job.steps.map(({ name, status, startedAt = '', completedAt = '', attempts = 1 }) => [
    ...[name, status, startedAt, completedAt],
    startedAt && String(attempts),
  ]);
  return [facts, table(['STEP', 'STATUS', 'STARTED', 'ENDED', 'ATTEMPTS'], steps)]
    .map((part) => (typeof part === 'string' ? part : list(part)))
    .join('\n\n');
}

/** What executions did. */
export function describeExecutions({ job, executions, express }: OperatorResults['why']): string {
  if (executions.length > 0) return executions.map(describeExecution).join('\n\n');
  if (!express) return 'No execution was started. The sweep starts one within minutes.';
  const isOver = isTerminal(job);
  return [
    `No Standard execution was started: the order ${isOver ? 'ended' : 'began'} in an Express execution.`,
    ...(isOver ? [] : ['If that was lost, the sweep starts a Standard one within minutes.']),
    `What failed in it is in its log: npm run ops -- logs ${job.jobId}`,
    list({ console: express }),
  ].join('\n');
}

function describeExecution({ name, url, failedAttempts, end, ...execution }: ExecutionReport): string {
  const facts = list({
    execution: name,
    status: execution.status,
    started: execution.startedAt,
    ended: execution.endedAt,
    redrives: execution.redrives ? String(execution.redrives) : undefined,
    'ended with': end && `${end.error}: ${end.cause}`,
    console: url,
  });
  if (failedAttempts.length === 0) return `${facts}\nNo attempt failed.`;
  return `${facts}\n${table(['ATTEMPTS', 'FIRST', 'LAST', 'STATE', 'ERROR', 'CAUSE'], groupsOf(failedAttempts))}`;
}

/** A row for all attempts in succession that failed in the same way. */
function groupsOf(attempts: readonly FailedAttempt[]): readonly (readonly string[])[] {
  const groups: { readonly first: FailedAttempt; last: FailedAttempt; count: number }[] = [];
  for (const attempt of attempts) {
    const group = groups.at(-1);
    if (group && kindOf(group.last) === kindOf(attempt))
      Object.assign(group, { last: attempt, count: group.count + 1 });
    else groups.push({ first: attempt, last: attempt, count: 1 });
  }
  return groups.map(({ first, last, count }) => [
    ...[String(count), first.at, count > 1 ? last.at : ''],
    ...[last.state, last.error, oneLine(last.cause)],
  ]);
}

const kindOf = ({ state, error, cause }: FailedAttempt): string => JSON.stringify([state, error, cause]);

/** Lines of logs, each on one line. */
export const describeLog = (lines: readonly LogLine[]): string =>
  lines.length === 0 ? 'No lines.' : lines.map(({ at, message }) => `${at} ${oneLine(message)}`).join('\n');

/** What became of each of several jobs. */
export const describeResults = (results: readonly JobResult[]): string =>
  table(
    ['JOB', 'STATUS', 'REFUSED'],
    results.map(({ jobId, status = '', refusal = '' }) => [jobId, status, refusal]),
  );

/** Number and meaning of the dead letters. */
export function describeDeadLetters({ queues }: OperatorResults['count-dead-letters']): string {
  const rows = queues.map(({ queue, messages }) => {
    const row = deadLetterQueues.find(({ name }) => name === queue);
    return [queue, String(messages), row?.holds ?? '', messages > 0 ? (row?.advice ?? '') : ''];
  });
  return table(['QUEUE', 'MESSAGES', 'HOLDS', 'WHAT TO DO'], rows);
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

function list(facts: Readonly<Record<string, string | undefined>>): string {
  const present = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
