import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { JobChange } from '../ports.ts';
import { jobOf, watchersOf } from './job-item.ts';

/**
 * The change of a job that a record of the jobs table's stream tells of.
 *
 * @throws Error when the record cannot be read
 */
export function jobChangeOf({ dynamodb }: DynamoDBRecord): JobChange {
  const item = imageOf(dynamodb?.NewImage);
  return {
    sequenceNumber: dynamodb?.SequenceNumber ?? '',
    before: dynamodb?.OldImage && jobOf(imageOf(dynamodb.OldImage)),
    after: jobOf(item),
    watchers: watchersOf(item),
  };
}

/** An image as plain values; the event's type and the SDK's differ only in name. */
const imageOf = (image: object | undefined): Record<string, unknown> =>
  image ? unmarshall(image as Record<string, AttributeValue>) : {};
