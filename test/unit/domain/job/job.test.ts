import { describe, expect, it } from '@jest/globals';
import { chargeKeyOf, isJobId, isOrderId, orderIdOf } from '../../../../domain/job/job.ts';
import { jobId } from '../../../support/builders.ts';

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
