import { parseArgs } from 'node:util';
import { isJobId } from '../../domain/job/job.ts';
import { type DeadLetterQueue, deadLetterQueues } from '../../domain/operator/dead-letter-queues.ts';
import type { JobFilter } from '../../domain/operator/operator-protocol.ts';
import { type JobStatus, jobStatuses } from '../../domain/protocol/protocol.ts';
import { Failure } from './failures.ts';
import { momentOf } from './moment.ts';

/** What the tool is asked to do. */
export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'ls'; readonly filter: JobFilter; readonly limit: number }
  | { readonly name: 'show' | 'why' | 'logs' | 'watch'; readonly jobId: string }
  | { readonly name: 'cancel' | 'redrive'; readonly jobIds: readonly string[] }
  | { readonly name: 'redrive-all'; readonly filter: JobFilter }
  | { readonly name: 'dead-letters' }
  | { readonly name: 'dead-letters-show' | 'dead-letters-redrive'; readonly queue: DeadLetterQueue }
  | { readonly name: 'erase'; readonly email: string };

export interface CommandLine {
  readonly command: Command;
  readonly stack: string;
  readonly json: boolean;
  /** Asks for no confirmation. */
  readonly yes: boolean;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const filters = { status: text, stage: text, since: text, owner: text, reference: text, email: text };
const everywhere = { stack: text, json: flag, help: { ...flag, short: 'h' } } as const;

/** The options of each command, besides those of all. */
const options = {
  help: {},
  ls: { ...filters, limit: text },
  show: {},
  why: {},
  logs: {},
  watch: {},
  cancel: {},
  redrive: { 'all-failed': flag, stage: text, since: text, yes: flag },
  'dead-letters': {},
  erase: { email: text, yes: flag },
} as const;

/** The options as given; a command has only its own. */
type Values = { readonly [Name in keyof typeof filters | 'limit' | 'stack']?: string } & {
  readonly [Name in 'all-failed' | 'json' | 'yes' | 'help']?: boolean;
};

/**
 * Reads the command line.
 *
 * @throws Failure naming what is wrong with it
 */
export function parseCommandLine(
  [word = 'help', ...args]: readonly string[],
  { ACCEPTED_STACK }: { readonly ACCEPTED_STACK?: string | undefined },
  now: Date,
): CommandLine {
  const name = ['--help', '-h'].includes(word) ? 'help' : word;
  const [known] = Object.entries(options).filter(([candidate]) => candidate === name);
  if (!known) throw wrong(`There is no command '${name}'.`);
  const { values, positionals } = parsed(args, { ...everywhere, ...known[1] });
  const command: Command =
    values.help === true
      ? { name: 'help' }
      : commandOf(name as keyof typeof options, positionals, values, now);
  return {
    command,
    stack: values.stack ?? ACCEPTED_STACK ?? 'Accepted-development',
    json: values.json === true,
    yes: values.yes === true,
  };
}

function parsed(args: readonly string[], allowed: NonNullable<Parameters<typeof parseArgs>[0]>['options']) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: allowed ?? {},
      allowPositionals: true,
    });
    return { values: values as Values, positionals };
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

function commandOf(name: keyof typeof options, words: readonly string[], values: Values, now: Date): Command {
  switch (name) {
    case 'help':
      return { name };
    case 'ls':
      none(words);
      return { name, filter: filterOf(values, now), limit: limitOf(values) };
    case 'show':
    case 'why':
    case 'logs':
    case 'watch': {
      const [jobId, ...more] = jobIdsOf(words);
      if (jobId === undefined || more.length > 0) throw wrong(`${name} takes the id of one job.`);
      return { name, jobId };
    }
    case 'cancel':
      return { name, jobIds: someJobIds(name, words) };
    case 'redrive':
      if (values['all-failed'] !== true) {
        if (values.stage ?? values.since) throw wrong('--stage and --since go with --all-failed.');
        return { name, jobIds: someJobIds(name, words) };
      }
      none(words);
      return { name: 'redrive-all', filter: { ...filterOf(values, now), redrivable: true } };
    case 'dead-letters':
      return deadLettersOf(words);
    case 'erase':
      none(words);
      if (!values.email) throw wrong('erase takes --email ADDRESS.');
      return { name, email: values.email };
  }
}

function filterOf(values: Values, now: Date): JobFilter {
  const { status, since, ...rest } = Object.fromEntries(
    (Object.keys(filters) as (keyof typeof filters)[]).flatMap((name) =>
      values[name] === undefined ? [] : [[name, values[name]]],
    ),
  );
  if (status !== undefined && !jobStatuses.includes(status as JobStatus))
    throw wrong(`--status is '${status}'; it takes ${jobStatuses.join(', ')}.`);
  return {
    ...rest,
    ...(status !== undefined && { status: status as JobStatus }),
    ...(since !== undefined && { since: momentOf(since, now) }),
  };
}

function limitOf({ limit = '200' }: Values): number {
  if (/^[1-9]\d{0,5}$/.test(limit)) return Number(limit);
  throw wrong(`--limit is '${limit}'; it takes a whole number from 1 to 999999.`);
}

function deadLettersOf([verb, queue = 'webhooks', ...more]: readonly string[]): Command {
  if (verb === undefined) return { name: 'dead-letters' };
  const row = deadLetterQueues.find((candidate) => candidate.name === queue);
  if ((verb === 'show' || verb === 'redrive') && row && more.length === 0)
    return { name: `dead-letters-${verb}`, queue: row.name };
  const names = deadLetterQueues.map((candidate) => candidate.name).join(', ');
  throw wrong(`dead-letters takes nothing, or show or redrive and a queue: ${names}.`);
}

/** Job ids are compared without regard to case. */
function jobIdsOf(words: readonly string[]): readonly string[] {
  const ids = words.map((word) => word.toLowerCase());
  const bad = ids.find((id) => !isJobId(id));
  if (bad !== undefined) throw wrong(`'${bad}' is not the id of a job.`);
  return [...new Set(ids)];
}

function someJobIds(name: string, words: readonly string[]): readonly string[] {
  const ids = jobIdsOf(words);
  if (ids.length === 0) throw wrong(`${name} takes the ids of jobs.`);
  return ids;
}

function none([word]: readonly string[]): void {
  if (word !== undefined) throw wrong(`'${word}' is one word too many.`);
}

const wrong = (message: string) => new Failure('usage', `${message} See npm run ops -- help.`);
