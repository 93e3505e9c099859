import { setTimeout as wait } from 'node:timers/promises';
import { isTerminal } from '../../domain/job/job.ts';
import type { JobFilter, JobResult } from '../../domain/operator/operator-protocol.ts';
import { changeAll } from './change-all.ts';
import { type Command, parseCommandLine } from './command-line.ts';
import {
  describeDeadLetters,
  describeExecutions,
  describeJob,
  describeJobs,
  describeLog,
  describeResults,
  noteOf,
} from './describe.ts';
import { erasePerson } from './erase-person.ts';
import { type ExitCode, exitCodes, Failure } from './failures.ts';
import { findAll } from './find-all.ts';
import { help } from './help.ts';
import type { Operate } from './operator-function.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

export interface OpsPorts {
  /** Connects to the operator function of a stack. */
  readonly connect: (stack: string) => Operate;
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: () => Date;
  /** Milliseconds between two looks at a watched job. @default 2000 */
  readonly watchIntervalMs?: number;
}

/**
 * Runs one command.
 *
 * @returns the exit code
 */
export async function runOps(args: readonly string[], ports: OpsPorts): Promise<ExitCode> {
  const { connect, terminal, environment, clock, watchIntervalMs = 2_000 } = ports;
  try {
    const { command, stack, json, yes } = parseCommandLine(args, environment, clock());
    return await perform(command, {
      operate: connect(stack),
      terminal,
      show: (result, describe) => terminal.print(json ? JSON.stringify(result) : describe()),
      async confirm(question) {
        if (yes) return;
        if (!terminal.isInteractive)
          throw new Failure('usage', `${question} Nobody is there to ask: add --yes.`);
        if (!(await terminal.confirm(question))) throw new Failure('aborted', 'Nothing was changed.');
      },
      watchIntervalMs,
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    terminal.note(error.message);
    return error.exitCode;
  }
}

async function perform(command: Command, session: Session): Promise<ExitCode> {
  const { operate, terminal, show } = session;
  switch (command.name) {
    case 'help':
      terminal.print(help);
      return exitCodes.done;
    case 'ls': {
      const { jobs, hasMore } = await findAll(operate, command.filter, command.limit);
      show({ jobs, hasMore }, () => describeJobs(jobs));
      const { owner, reference, email } = command.filter;
      if (owner === undefined && reference === undefined && email === undefined)
        terminal.note(
          'These are jobs that have not ended for good; --owner, --reference or --email finds others.',
        );
      if (hasMore) terminal.note(`There are more than ${command.limit} jobs: raise --limit.`);
      return exitCodes.done;
    }
    case 'show': {
      const shown = await operate({ action: 'show', jobId: command.jobId });
      show(shown, () => describeJob(shown.job, shown.order));
      return exitCodes.done;
    }
    case 'why': {
      const explained = await operate({ action: 'why', jobId: command.jobId });
      show(explained, () => `${describeJob(explained.job)}\n\n${describeExecutions(explained)}`);
      return exitCodes.done;
    }
    case 'logs': {
      const { lines, isComplete } = await operate({ action: 'logs', jobId: command.jobId });
      show({ lines, isComplete }, () => describeLog(lines));
      if (!isComplete)
        terminal.note('There are more lines: search the log groups with CloudWatch Logs Insights.');
      return exitCodes.done;
    }
    case 'watch':
      return watch(command.jobId, session);
    case 'cancel':
    case 'redrive': {
      const results = await changeAll(command.name, command.jobIds, session);
      show({ results }, () => describeResults(results));
      return exitCodeOf(results, command.jobIds.length);
    }
    case 'redrive-all':
      return redriveAll(command.filter, session);
    case 'dead-letters': {
      const counts = await operate({ action: 'count-dead-letters' });
      show(counts, () => describeDeadLetters(counts));
      return exitCodes.done;
    }
    case 'dead-letters-show': {
      const { letters } = await operate({ action: 'show-dead-letters', queue: command.queue });
      show({ letters }, () =>
        describeLog(letters.map(({ sentAt, body }) => ({ at: sentAt, message: body }))),
      );
      return exitCodes.done;
    }
    case 'dead-letters-redrive': {
      const moved = await operate({ action: 'redrive-dead-letters', queue: command.queue });
      show(moved, () => `${moved.messages} messages are being moved back.`);
      return exitCodes.done;
    }
    case 'erase':
      return erasePerson(command.email, session);
  }
}

async function watch(jobId: string, { operate, show, watchIntervalMs }: Session): Promise<ExitCode> {
  for (let version = 0; ; ) {
    const { job } = await operate({ action: 'show', jobId });
    if (job.version !== version)
      show(job, () =>
        [job.updatedAt, job.status, `${job.progress} %`, job.stage ?? '', noteOf(job)].join('  ').trimEnd(),
      );
    if (isTerminal(job)) return job.status === 'completed' ? exitCodes.done : exitCodes.refused;
    version = job.version;
    await wait(watchIntervalMs);
  }
}

async function redriveAll(filter: JobFilter, session: Session): Promise<ExitCode> {
  const { operate, terminal, show, confirm } = session;
  const { jobs } = await findAll(operate, filter);
  const stages = Map.groupBy(jobs, ({ error }) => error?.stage ?? 'unknown');
  const counts = [...stages].map(([stage, failed]) => `${failed.length} at ${stage}`).join(', ');
  terminal.note(`${jobs.length} failures wait for a redrive${counts && `: ${counts}`}.`);
  if (jobs.length > 0) await confirm(`Redrive ${jobs.length} jobs?`);

  const jobIds = jobs.map(({ jobId }) => jobId);
  const results = await changeAll('redrive', jobIds, session);
  const refused = results.filter(({ refusal }) => refusal !== undefined);
  const redriven = results.length - refused.length;
  show({ results }, () =>
    [`${redriven} jobs redriven.`, ...(refused.length > 0 ? [describeResults(refused)] : [])].join('\n'),
  );
  return exitCodeOf(results, jobs.length);
}

function exitCodeOf(results: readonly JobResult[], asked: number): ExitCode {
  if (results.length < asked) return exitCodes.aborted;
  return results.some(({ refusal }) => refusal !== undefined) ? exitCodes.refused : exitCodes.done;
}
