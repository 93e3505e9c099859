import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { JobChange } from '../ports/job-change.ts';
import { jobOf, watchersOf } from './job-item.ts';

/**
 * The change that a record of the jobs table's stream reports.
 *
 * @throws Error when the record cannot be read
 */
export function jobChangeOf({ dynamodb, eventSourceARN = '' }: DynamoDBRecord): JobChange {
  // arn:aws:dynamodb:{region}:{account}:table/{table}/stream/{label}
  const [, table = 'unknown'] = eventSourceARN.split('/');
  const item = imageOf(dynamodb?.NewImage);
  return {
    sequenceNumber: dynamodb?.SequenceNumber ?? '',
    before: dynamodb?.OldImage && jobOf(imageOf(dynamodb.OldImage), table),
    after: jobOf(item, table),
    watchers: watchersOf(item, table),
  };
}

/** The attributes of an image. The types of the event and of the SDK differ only in name. */
const imageOf = (image: object | undefined): Record<string, unknown> =>
  image ? unmarshall(image as Record<string, AttributeValue>) : {};
