import { createHash } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { OrderRecord } from '../../domain/order/order.ts';
import { asciiEmailAddress } from '../../domain/protocol/email-address.ts';
import type { OrderSearch } from '../ports/order-search.ts';
import { createDocumentClient } from './dynamodb.ts';

/** Attributes that only the indexes need: digests, so that an index repeats no personal data. */
export interface SearchKeys {
  readonly emailDigest: string;
  /** Absent from orders without a reference, so that they are not in that index. */
  readonly referenceDigest?: string;
}

/** The attributes by which an order is found. */
export const searchKeysOf = ({ email, reference }: Pick<OrderRecord, 'email' | 'reference'>): SearchKeys => ({
  emailDigest: emailDigest(email),
  ...(reference !== undefined && { referenceDigest: digest(reference) }),
});

/** Orders by e-mail address and by reference, in two indexes of the orders table. */
export function createOrderSearch(config: {
  readonly table: string;
  readonly byEmailIndex: string;
  readonly byReferenceIndex: string;
}): OrderSearch {
  const client = createDocumentClient();

  return {
    async find({ by, value, limit, cursor }) {
      const [index, name, key] =
        by === 'email'
          ? [config.byEmailIndex, 'emailDigest', emailDigest(value)]
          : [config.byReferenceIndex, 'referenceDigest', digest(value)];
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: config.table,
          IndexName: index,
          KeyConditionExpression: '#key = :key',
          ExpressionAttributeNames: { '#key': name },
          ExpressionAttributeValues: { ':key': key },
          ScanIndexForward: false,
          Limit: limit,
          ExclusiveStartKey: cursor === undefined ? undefined : { [name]: key, orderId: cursor },
        }),
      );
      const { orderId: last } = LastEvaluatedKey ?? {};
      return {
        orderIds: Items.map(({ orderId }) => String(orderId)),
        ...(last !== undefined && { cursor: String(last) }),
      };
    },
  };
}

const emailDigest = (email: string): string => digest((asciiEmailAddress(email) ?? email).toLowerCase());

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');
