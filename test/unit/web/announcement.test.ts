import { expect, it } from '@jest/globals';
import { announcementOf } from '../../../web/src/announcement.ts';

const job = (changes: object) =>
  ({
    status: 'processing',
    stage: 'payment',
    steps: [{ name: 'payment', status: 'in-progress' }],
    ...changes,
  }) as never;

it.each([
  ['nothing of no order', undefined, ''],
  ['that it was accepted', job({ status: 'queued', stage: undefined }), 'The order was accepted.'],
  ['its stage', job({}), 'Now: Take the payment.'],
  [
    'a stage that it does not know by its own name',
    job({ stage: 'packing', steps: [{ name: 'packing', status: 'in-progress' }] }),
    'Now: packing.',
  ],
  [
    'each further attempt',
    job({ steps: [{ name: 'payment', status: 'in-progress', attempts: 2 }] }),
    'Take the payment is tried again, attempt 2.',
  ],
  ['a cancellation on its way', job({ cancelling: true }), 'The order is being cancelled.'],
  ['the end', job({ status: 'completed' }), 'The order is completed.'],
  ['nothing of a failure, which is an alert', job({ status: 'failed' }), ''],
])('says %s', (_, given, sentence) => {
  expect(announcementOf(given)).toBe(sentence);
});
