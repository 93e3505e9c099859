import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod/mini';
import type { Job, Step } from '../../../../domain/job/job.ts';
import {
  etagOf,
  progressOf,
  statusDocument,
  statusUrlOf,
  statusWithoutTicket,
} from '../../../../domain/job/status.ts';
import { StatusDocument } from '../../../../domain/protocol/protocol.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJob,
  aJobAt,
  jobId,
  later,
  now,
  orderId,
  owner,
  ticket,
  urls,
} from '../../../support/builders.ts';

describe('the status document', () => {
  it.each<[string, Job]>([
    ['queued', aJob()],
    ['processing', aJobAt('payment')],
    ['completed', aCompletedJob()],
    ['failed', aDeclinedJob()],
  ])('fits its published schema when the job is %s', (_, job) => {
    expect(z.safeParse(StatusDocument, statusDocument(job, urls, now)).error?.issues).toBeUndefined();
  });

  it('holds neither the owner nor the ticket as a field', () => {
    const document = statusDocument(aJobAt('email'), urls, now);

    expect(Object.keys(document)).not.toEqual(expect.arrayContaining(['owner']));
    expect(document).not.toHaveProperty('ticket');
    expect(Object.values(document)).not.toContain(owner);
  });

  it('does not say whether a webhook is sent', () => {
    expect(statusDocument({ ...aCompletedJob(), webhook: true }, urls, now)).toEqual(
      statusDocument(aCompletedJob(), urls, now),
    );
  });

  it.each<[string, Job]>([
    ['the job', { ...aCompletedJob(), secret: 's3cret' } as Job],
    ['a step', { ...aJob(), steps: aJob().steps.map((step) => ({ ...step, secret: 's3cret' })) }],
    ['the error', { ...aDeclinedJob(), error: { ...aDeclinedJob().error, secret: 's3cret' } } as Job],
  ])('leaves out a private field that is added to %s', (_, job) => {
    expect(JSON.stringify(statusDocument(job, urls, now))).not.toContain('s3cret');
    expect(JSON.stringify(statusWithoutTicket(job, urls, now))).not.toContain('s3cret');
  });

  it('says where the job is watched, with its ticket', () => {
    const url = new URL(statusDocument(aJob(), urls, now).updatesUrl);

    expect(url.origin + url.pathname).toBe(urls.live);
    expect(Object.fromEntries(url.searchParams)).toEqual({ jobId, ticket });
  });

  it('gives URLs below the public base', () => {
    const base = { api: 'https://api.example.com/v1', live: 'wss://live.example.com/v1' };

    expect(statusUrlOf(jobId, base)).toBe(`https://api.example.com/v1/orders/status/${jobId}`);
    expect(statusDocument(aCompletedJob(), base, now).result?.orderUrl).toBe(
      `https://api.example.com/v1/orders/${orderId}`,
    );
    expect(statusDocument(aJob(), base, now).updatesUrl).toMatch(/^wss:\/\/live\.example\.com\/v1\?/);
  });

  it('names the order once the job is completed, and not before', () => {
    const result = { orderId, orderUrl: `/api/orders/${orderId}` };

    expect(statusDocument(aCompletedJob(), urls, now).result).toEqual(result);
    expect(statusDocument(aJobAt('email'), urls, now)).not.toHaveProperty('result');
    expect(statusDocument(aDeclinedJob(), urls, now)).not.toHaveProperty('result');
  });
});

describe('progress', () => {
  const steps = (...statuses: Step['status'][]) => statuses.map((status, i) => ({ name: `${i}`, status }));
  const undone = { status: 'compensated' as const, completedAt: now.toISOString() };

  it.each<[number, Step['status'][]]>([
    [0, ['in-progress', 'pending', 'pending', 'pending']],
    [25, ['completed', 'in-progress', 'pending', 'pending']],
    [33, ['completed', 'in-progress', 'pending']],
    [67, ['completed', 'completed', 'in-progress']],
    [50, ['completed', 'failed', 'completed', 'in-progress']],
    [0, ['compensated', 'skipped', 'skipped', 'skipped']],
  ])('is %i for steps %j', (progress, statuses) => {
    expect(progressOf({ status: 'processing', steps: steps(...statuses) })).toBe(progress);
  });

  it('counts a step that had completed before it was undone, and no other', () => {
    const [, ...others] = steps('completed', 'compensated', 'failed', 'skipped');

    expect(progressOf({ status: 'processing', steps: [{ name: '0', ...undone }, ...others] })).toBe(25);
  });

  it('stays below 100 while the job is not completed', () => {
    const [first, second] = [{ name: '0', ...undone }, ...steps('completed')] as [Step, Step];

    expect(progressOf({ status: 'cancelled', steps: [first, second] })).toBe(99);
  });

  it('is 100 for a completed job whose best-effort step failed', () => {
    expect(progressOf({ status: 'completed', steps: steps('completed', 'failed') })).toBe(100);
  });
});

describe('the ETag', () => {
  it('changes exactly when the document does, however late it is read', () => {
    const job = aJob();
    const reading = fc.integer({ min: 0, max: 14 * 24 * 3_600_000 });

    fc.assert(
      fc.property(reading, reading, (one, other) => {
        const [a, b] = [later(one), later(other)];
        const isSame =
          JSON.stringify(statusDocument(job, urls, a)) === JSON.stringify(statusDocument(job, urls, b));
        expect(etagOf(job, a) === etagOf(job, b)).toBe(isSame);
      }),
    );
  });

  it('is a strong validator that differs between versions and between jobs', () => {
    const tags = [aJob(), aJob({ version: 2 }), aJob({ jobId: jobId.replace(/1$/, '2') })].map((job) =>
      etagOf(job, now),
    );

    expect(new Set(tags).size).toBe(3);
    for (const tag of tags) expect(tag).toMatch(/^"[\x21\x23-\x7e]+"$/);
  });
});
