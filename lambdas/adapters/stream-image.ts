import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/** An image of a stream's record as plain values; the event's type and the SDK's differ only in name. */
export const imageOf = (image: object | undefined): Record<string, unknown> =>
  image ? unmarshall(image as Record<string, AttributeValue>) : {};
