import { describe, expect, it } from '@jest/globals';
import {
  chargeKeyOf,
  isJobId,
  isOrderId,
  type Job,
  jobAttributes,
  orderIdOf,
} from '../../../../domain/job/job.ts';
import { statusDocument } from '../../../../domain/job/status.ts';
import { aCompletedJob, aDeclinedJob, aJob, aJobAt, jobId, now, urls } from '../../../support/builders.ts';

describe('the id of a job', () => {
  it('makes the id of its order and the key of its charge', () => {
    expect(isJobId(jobId)).toBe(true);
    expect(isOrderId(orderIdOf(jobId))).toBe(true);
    expect(chargeKeyOf(jobId)).toBe(`${jobId}:charge`);
  });

  it.each(['', 'x', `${jobId}x`, jobId.toUpperCase(), `${jobId}\n`, '../../etc/passwd', '*'])(
    'is not %j',
    (text) => {
      expect(isJobId(text)).toBe(false);
      expect(isOrderId(`ord_${text}`)).toBe(false);
    },
  );

  it('is not the id of an order', () => {
    expect(isOrderId(jobId)).toBe(false);
  });
});

describe('the attributes that a job history has', () => {
  it.each([aJob(), aJobAt('payment'), aCompletedJob(), aDeclinedJob()])(
    'are enough for the status document of a job that is $status',
    (job) => {
      const listed = Object.fromEntries(Object.entries(job).filter(([name]) => jobAttributes.includes(name)));

      expect(statusDocument(listed as Job, urls, now)).toEqual(statusDocument(job, urls, now));
    },
  );
});
