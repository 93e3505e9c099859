import { describe, expect, it } from '@jest/globals';
import { createConnect } from '../../../../lambdas/live/connect.ts';
import { aCompletedJob, aJob, jobId, ticket } from '../../../support/builders.ts';
import { memoryJobs } from '../../../support/fakes.ts';
import { logsOf } from '../../../support/logs.ts';

type Handshake = Parameters<ReturnType<typeof createConnect>>[0];
type Query = NonNullable<Handshake['queryStringParameters']>;

const connect = (query: Query | null, job = aJob()) =>
  createConnect({ jobs: memoryJobs([job]) })({ queryStringParameters: query } as Handshake);

/** A wrong ticket of the same length. */
const wrong = `${ticket.slice(0, -1)}?`;

describe('a handshake', () => {
  it('is taken with the ticket of its job', async () => {
    expect(await connect({ jobId, ticket })).toEqual({ statusCode: 200 });
  });

  it('is taken with the id in capitals', async () => {
    expect(await connect({ jobId: jobId.toUpperCase(), ticket })).toEqual({ statusCode: 200 });
  });

  it('is taken for a job that has ended, whose end is still to be told', async () => {
    expect(await connect({ jobId, ticket }, aCompletedJob())).toEqual({ statusCode: 200 });
  });

  it.each<[string, Query | null]>([
    ['the ticket is wrong', { jobId, ticket: wrong }],
    ['the ticket is empty', { jobId, ticket: '' }],
    ['the ticket is missing', { jobId }],
    ['the ticket is only the beginning', { jobId, ticket: ticket.slice(0, -1) }],
    ['the ticket goes on', { jobId, ticket: `${ticket}a` }],
    ['the ticket has as many characters but more bytes', { jobId, ticket: `${ticket.slice(0, -1)}ü` }],
    ['the ticket is in another case', { jobId, ticket: ticket.toUpperCase() }],
    ['there is no such job', { jobId: jobId.replace(/1$/, '2'), ticket }],
    ['the job id is none', { jobId: 'jobs', ticket }],
    ['the job id is missing', { ticket }],
    ['there is no query', null],
  ])('is refused when %s', async (_, query) => {
    expect(await connect(query)).toEqual({ statusCode: 401 });
  });

  it('asks for no job by what cannot be an id', async () => {
    const jobs = {
      get: async (id: string) => {
        throw new Error(`${id} was asked for.`);
      },
    };

    const answer = await createConnect({ jobs })({
      queryStringParameters: { jobId: '../secrets', ticket },
    } as unknown as Handshake);

    expect(answer).toEqual({ statusCode: 401 });
  });

  it.each([
    ['right', ticket, true],
    ['wrong', wrong, false],
  ])('is logged without its ticket when that is %s', async (_, given, accepted) => {
    const logs = await logsOf(() => connect({ jobId, ticket: given }));

    expect(JSON.parse(logs)).toMatchObject({ jobId, accepted });
    expect(logs).not.toContain(ticket);
    expect(logs).not.toContain(given);
  });
});
