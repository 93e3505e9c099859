import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { etagOf, statusDocument } from '../../../../domain/job/status.ts';
import { NotFound } from '../../../../domain/protocol/errors.ts';
import { createStatus } from '../../../../lambdas/api/status.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJob,
  aJobAt,
  aRequest,
  jobId,
  liveUrl,
  now,
} from '../../../support/builders.ts';
import { memoryJobs } from '../../../support/fakes.ts';

const statusOf = (...jobs: Job[]) => createStatus({ jobs: memoryJobs(jobs), clock: () => now, liveUrl });
const request = (headers: Record<string, string> = {}) => aRequest({ parameters: { jobId }, headers });

/** The error of a call. */
const thrownBy = (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => new Error('It threw nothing.'),
    (error) => error,
  );

describe('reading a status', () => {
  it('answers the status document with its ETag and for the owner only', async () => {
    const job = aJobAt('payment');

    const response = await statusOf(job)(request());

    expect(response).toMatchObject({ status: 200, body: statusDocument(job, liveUrl) });
    expect(response.headers).toMatchObject({ etag: etagOf(job), 'cache-control': 'private, no-cache' });
  });

  it.each([
    ['queued', aJob()],
    ['processing', aJobAt('email')],
  ])('asks to come back while the job is %s', async (_, job) => {
    const response = await statusOf(job)(request());

    expect(Number(response.headers?.['retry-after'])).toBeGreaterThanOrEqual(1);
  });

  it.each([
    ['completed', aCompletedJob()],
    ['failed', aDeclinedJob()],
  ])('does not ask to come back when the job is %s', async (_, job) => {
    const response = await statusOf(job)(request());

    expect(response.headers).not.toHaveProperty('retry-after');
  });

  it.each([
    ['the ETag', (etag: string) => etag],
    ['a weak form of it', (etag: string) => `W/${etag}`],
    ['a list that holds it', (etag: string) => `"other", ${etag}`],
    ['an asterisk', () => '*'],
  ])('answers 304 without a body when If-None-Match is %s', async (_, header) => {
    const job = aJobAt('payment');

    const response = await statusOf(job)(request({ 'if-none-match': header(etagOf(job)) }));

    expect(response.status).toBe(304);
    expect(response.body).toBeUndefined();
    expect(response.headers).toMatchObject({ etag: etagOf(job), 'retry-after': expect.any(String) });
  });

  it('answers 200 when the job has changed since', async () => {
    const response = await statusOf(aJobAt('payment'))(request({ 'if-none-match': etagOf(aJob()) }));

    expect(response.status).toBe(200);
  });

  it("does not tell another owner's job from a missing one", async () => {
    const missing = await thrownBy(statusOf()(request()));
    const another = await thrownBy(statusOf(aJob({ owner: 'grace' }))(request()));

    expect(missing).toBeInstanceOf(NotFound);
    expect(another).toEqual(missing);
  });

  it("does not tell another owner's job by its ETag", async () => {
    const job = aJob({ owner: 'grace' });

    await expect(statusOf(job)(request({ 'if-none-match': etagOf(job) }))).rejects.toThrow(NotFound);
  });

  it.each([undefined, '', 'x', '../orders', jobId.toUpperCase()])(
    'refuses %j as a job id without asking the table',
    async (parameter) => {
      const status = createStatus({
        jobs: {
          get: async () => {
            throw new Error('The table was asked.');
          },
        },
        clock: () => now,
        liveUrl,
      });

      await expect(status(aRequest({ parameters: { jobId: parameter } }))).rejects.toThrow(NotFound);
    },
  );
});
