import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { statusDocument } from '../../../../domain/job/status.ts';
import { InvalidFields } from '../../../../domain/protocol/errors.ts';
import type { JobPage } from '../../../../domain/protocol/protocol.ts';
import { createHistory } from '../../../../lambdas/api/history.ts';
import type { JobHistoryQuery } from '../../../../lambdas/ports/job-history.ts';
import { aCompletedJob, aJob, aRequest, jobId, now, owner, urls } from '../../../support/builders.ts';
import { memoryJobs } from '../../../support/fakes.ts';

const idOf = (n: number) => jobId.replace(/.$/, String(n));
const ids = (body: object | undefined) => (body as JobPage).items.map((item) => item.jobId);

describe('listing jobs', () => {
  const present: Job[] = [
    aJob({ jobId: idOf(1) }),
    { ...aCompletedJob(), jobId: idOf(2) },
    aJob({ jobId: idOf(3), owner: 'grace' }),
    aJob({ jobId: idOf(4) }),
  ];
  const history = createHistory({ history: memoryJobs(present), clock: () => now, urls });

  it("shows the caller's jobs, newest first, as their status documents", async () => {
    const { status, body } = await history(aRequest());

    expect(status).toBe(200);
    expect(ids(body)).toEqual([idOf(4), idOf(2), idOf(1)]);
    expect((body as JobPage).items[0]).toEqual(statusDocument(present[3] as Job, urls, now));
    expect(body).not.toHaveProperty('nextCursor');
  });

  it('shows only one status when asked', async () => {
    const { body } = await history(aRequest({ query: { status: 'completed' } }));

    expect(ids(body)).toEqual([idOf(2)]);
  });

  it('goes on where the page before ended', async () => {
    const { body: first } = await history(aRequest({ query: { limit: '2' } }));
    const { nextCursor } = first as JobPage;

    const { body: second } = await history(aRequest({ query: { limit: '2', cursor: nextCursor } }));

    expect([...ids(first), ...ids(second)]).toEqual([idOf(4), idOf(2), idOf(1)]);
    expect(second).not.toHaveProperty('nextCursor');
  });

  it('takes a cursor in capitals for the same cursor', async () => {
    const { body } = await history(aRequest({ query: { cursor: idOf(2).toUpperCase() } }));

    expect(ids(body)).toEqual([idOf(1)]);
  });

  it('asks for twenty jobs of the caller unless told', async () => {
    const asked: JobHistoryQuery[] = [];
    const list = async (query: JobHistoryQuery) => {
      asked.push(query);
      return { jobs: [] };
    };

    await createHistory({ history: { list }, clock: () => now, urls })(aRequest());

    expect(asked).toEqual([{ owner, limit: 20 }]);
  });

  it.each([
    ['limit', '0'],
    ['limit', '101'],
    ['limit', '1.5'],
    ['limit', '1e1'],
    ['limit', ''],
    ['limit', '5,6'],
    ['status', 'done'],
    ['status', ''],
    ['cursor', 'x'],
    ['owner', 'grace'],
  ])('refuses %s=%j and names it', async (name, value) => {
    const refusal = await history(aRequest({ query: { [name]: value } })).catch((error) => error);

    expect(refusal).toBeInstanceOf(InvalidFields);
    expect(refusal.errors).toHaveLength(1);
    expect(refusal.errors[0].pointer).toContain(name);
  });
});
