import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { etagOf, statusDocument } from '../../../../domain/job/status.ts';
import { NotFound } from '../../../../domain/protocol/errors.ts';
import type { StatusDocument } from '../../../../domain/protocol/protocol.ts';
import { createStatus, type StatusPorts } from '../../../../lambdas/api/status.ts';
import type { Changes } from '../../../../lambdas/ports/changes.ts';
import type { Jobs } from '../../../../lambdas/ports/jobs.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJob,
  aJobAt,
  aRequest,
  jobId,
  later,
  now,
  urls,
} from '../../../support/builders.ts';
import { memoryJobs } from '../../../support/fakes.ts';

const ports = (jobs: Pick<Jobs, 'get'>): StatusPorts => ({
  jobs,
  changes: noChanges,
  clock: () => now,
  urls,
  maxWaitSeconds: 20,
});
/** Nothing may be watched. */
const noChanges: Changes = {
  async next() {
    throw new Error('A change was waited for.');
  },
};
const statusOf = (...jobs: Job[]) => createStatus(ports(memoryJobs(jobs)));
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

    expect(response).toMatchObject({ status: 200, body: statusDocument(job, urls, now) });
    expect(response.headers).toMatchObject({ etag: etagOf(job, now), 'cache-control': 'private, no-cache' });
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

    const response = await statusOf(job)(request({ 'if-none-match': header(etagOf(job, now)) }));

    expect(response.status).toBe(304);
    expect(response.body).toBeUndefined();
    expect(response.headers).toMatchObject({ etag: etagOf(job, now), 'retry-after': expect.any(String) });
  });

  it('answers 200 when the job has changed since', async () => {
    const response = await statusOf(aJobAt('payment'))(request({ 'if-none-match': etagOf(aJob(), now) }));

    expect(response.status).toBe(200);
  });

  it('takes an id in capitals for the same id', async () => {
    const response = await statusOf(aJob())(aRequest({ parameters: { jobId: jobId.toUpperCase() } }));

    expect(response).toMatchObject({ status: 200, body: { jobId } });
  });

  it("does not tell another owner's job from a missing one", async () => {
    const missing = await thrownBy(statusOf()(request()));
    const another = await thrownBy(statusOf(aJob({ owner: 'grace' }))(request()));

    expect(missing).toBeInstanceOf(NotFound);
    expect(another).toEqual(missing);
  });

  it("does not tell another owner's job by its ETag", async () => {
    const job = aJob({ owner: 'grace' });

    await expect(statusOf(job)(request({ 'if-none-match': etagOf(job, now) }))).rejects.toThrow(NotFound);
  });

  it.each([undefined, '', 'x', '../orders'])(
    'refuses %j as a job id without asking the table',
    async (parameter) => {
      const status = createStatus(
        ports({
          get: async () => {
            throw new Error('The table was asked.');
          },
        }),
      );

      await expect(status(aRequest({ parameters: { jobId: parameter } }))).rejects.toThrow(NotFound);
    },
  );
});

describe('an overdue job', () => {
  const overdue = (ms: number) => aJob({ estimatedCompletion: later(-ms).toISOString() });
  async function read(job: Job, known = '"another"') {
    const { status, headers = {}, body } = await statusOf(job)(request({ 'if-none-match': known }));
    const { etag, 'retry-after': retryAfter } = headers;
    const { estimatedCompletion } = (body ?? {}) as Partial<StatusDocument>;
    return { status, etag, retryAfter, estimatedCompletion };
  }

  it('is expected after the next request, with an ETag that tells the estimate from the stored one', async () => {
    const { etag, retryAfter, estimatedCompletion = '' } = await read(overdue(5_000));

    expect(retryAfter).toBe('5');
    expect(Date.parse(estimatedCompletion)).toBeGreaterThanOrEqual(later(5_000).getTime());
    expect(etag).not.toBe(etagOf(aJob(), now));
  });

  it('answers 304 until the estimate moves again', async () => {
    const { etag = '' } = await read(overdue(5_000));

    expect((await read(overdue(6_000), etag)).status).toBe(304);
    expect((await read(overdue(60_000), etag)).status).toBe(200);
  });
});

describe('a client that prefers to wait', () => {
  /** A job that changes while it is waited for: `next` runs until the change. */
  function waiting(before: Job, next: Changes['next'], after: Job = before) {
    const jobs = memoryJobs([before]);
    const waits: AbortSignal[] = [];
    const changes: Changes = {
      async next(job, signal) {
        expect(job).toEqual(before);
        waits.push(signal);
        jobs.stored.set(jobId, after);
        await next(job, signal);
      },
    };
    return { status: createStatus({ ...ports(jobs), changes }), waits };
  }
  const atOnce = async () => {};
  const prefer = { prefer: 'wait=7' };

  it('is answered with the change', async () => {
    const { status } = waiting(aJob(), atOnce, aJobAt('payment'));

    const response = await status(request(prefer));

    expect(response).toMatchObject({ status: 200, body: statusDocument(aJobAt('payment'), urls, now) });
    expect(response.headers).toMatchObject({
      etag: etagOf(aJobAt('payment'), now),
      'preference-applied': 'wait=7',
    });
  });

  it('is answered with the change after the version it has', async () => {
    const { status } = waiting(aJob(), atOnce, aJobAt('payment'));

    const response = await status(request({ ...prefer, 'if-none-match': etagOf(aJob(), now) }));

    expect(response.status).toBe(200);
  });

  it('is answered 304 when nothing has changed in that time', async () => {
    const { status } = waiting(aJob(), atOnce);

    const response = await status(request({ ...prefer, 'if-none-match': etagOf(aJob(), now) }));

    expect(response).toMatchObject({ status: 304, headers: { 'preference-applied': 'wait=7' } });
  });

  it('waits no longer than it prefers', async () => {
    const untilAborted: Changes['next'] = (_, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    const { status, waits } = waiting(aJob(), untilAborted);

    const response = await status(request({ prefer: 'wait=1' }));

    expect(waits[0]?.aborted).toBe(true);
    expect(response.headers?.['preference-applied']).toBe('wait=1');
  });

  it.each<[string, Job, Record<string, string>]>([
    ['the job has ended', aCompletedJob(), {}],
    ['the job has changed already', aJobAt('payment'), { 'if-none-match': etagOf(aJob(), now) }],
  ])('is answered at once when %s', async (_, job, headers) => {
    const response = await statusOf(job)(request({ ...prefer, ...headers }));

    expect(response).toMatchObject({ status: 200, headers: { 'preference-applied': 'wait=7' } });
  });

  it('waits for as long as the deployment allows, and is told so', async () => {
    const { status } = waiting(aJob(), atOnce);

    const response = await status(request({ prefer: 'wait=3600' }));

    expect(response.headers?.['preference-applied']).toBe('wait=20');
  });

  it('is answered at once, without a promise kept, when the job cannot be watched', async () => {
    const failing = async () => {
      throw new Error('The connection was closed: 1006.');
    };
    const { status } = waiting(aJob(), failing);

    const response = await status(request(prefer));

    expect(response).toMatchObject({ status: 200, body: { jobId } });
    expect(response.headers).not.toHaveProperty('preference-applied');
  });

  it('is answered at once when the deployment allows no waits', async () => {
    const status = createStatus({ ...ports(memoryJobs([aJob()])), maxWaitSeconds: 0 });

    const response = await status(request(prefer));

    expect(response.status).toBe(200);
    expect(response.headers).not.toHaveProperty('preference-applied');
  });

  it("never waits for another owner's job", async () => {
    await expect(statusOf(aJob({ owner: 'grace' }))(request(prefer))).rejects.toThrow(NotFound);
  });
});
