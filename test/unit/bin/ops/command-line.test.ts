import { describe, expect, it } from '@jest/globals';
import { type Command, parseCommandLine } from '../../../../bin/ops/command-line.ts';
import { exitCodes } from '../../../../bin/ops/failures.ts';
import { jobId, now } from '../../../support/builders.ts';

const parse = (line: string, environment = {}) =>
  parseCommandLine(line === '' ? [] : line.split(' '), environment, now);

describe('the command line', () => {
  it.each<[string, Command]>([
    ['', { name: 'help' }],
    ['--help', { name: 'help' }],
    ['show --help', { name: 'help' }],
    ['ls', { name: 'ls', filter: {}, limit: 200 }],
    [
      'ls --status failed --stage payment --since 2h --owner ada --limit 5',
      {
        name: 'ls',
        filter: { status: 'failed', stage: 'payment', since: '2026-01-20T13:30:00.000Z', owner: 'ada' },
        limit: 5,
      },
    ],
    ['ls --email ada@example.com', { name: 'ls', filter: { email: 'ada@example.com' }, limit: 200 }],
    [`why ${jobId}`, { name: 'why', jobId }],
    [`show ${jobId.toUpperCase()}`, { name: 'show', jobId }],
    [`cancel ${jobId} ${jobId}`, { name: 'cancel', jobIds: [jobId] }],
    [`redrive ${jobId}`, { name: 'redrive', jobIds: [jobId] }],
    ['redrive --all-failed', { name: 'redrive-all', filter: { redrivable: true } }],
    [
      'redrive --all-failed --stage payment --since 2026-01-19',
      {
        name: 'redrive-all',
        filter: { stage: 'payment', since: '2026-01-19T00:00:00.000Z', redrivable: true },
      },
    ],
    ['dead-letters', { name: 'dead-letters' }],
    ['dead-letters show', { name: 'dead-letters-show', queue: 'webhooks' }],
    ['dead-letters redrive pushes', { name: 'dead-letters-redrive', queue: 'pushes' }],
    ['erase --email ada@example.com', { name: 'erase', email: 'ada@example.com' }],
  ])('`%s` is understood', (line, command) => {
    expect(parse(line).command).toEqual(command);
  });

  it.each([
    ['explode', /no command 'explode'/],
    ['ls failed', /'failed' is one word too many/],
    ['ls --status late', /'late'.*queued, processing/],
    ['ls --since yesterday', /'yesterday'.*90m/],
    ['ls --limit 0', /'0'/],
    ['ls --stauts failed', /--stauts/],
    ['show', /one job/],
    ['show 7', /'7' is not the id/],
    [`why ${jobId} ${jobId.replace(/1$/, '2')}`, /one job/],
    ['cancel', /ids of jobs/],
    ['cancel --all-failed', /--all-failed/],
    [`redrive ${jobId} --stage payment`, /go with --all-failed/],
    [`redrive --all-failed ${jobId}`, /one word too many/],
    ['dead-letters purge', /show or redrive/],
    ['dead-letters show orders', /webhooks, changes, pushes/],
    ['erase', /--email/],
  ])('`%s` is refused with what is wrong', (line, reason) => {
    expect(() => parse(line)).toThrow(
      expect.objectContaining({ exitCode: exitCodes.usage, message: expect.stringMatching(reason) }),
    );
  });

  it('names the stack: by option, by environment, or as the app does', () => {
    const environment = { ACCEPTED_STACK: 'Blue' };

    expect(parse('ls --stack Green', environment).stack).toBe('Green');
    expect(parse('ls', environment).stack).toBe('Blue');
    expect(parse('ls').stack).toBe('Accepted-development');
  });
});
