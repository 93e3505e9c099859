import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';

const dynamodb = new DynamoDBClient();

/** A client has gone. */
export async function handler({ requestContext: { connectionId } }) {
  const Key = { connectionId: { S: connectionId } };
  await dynamodb.send(new DeleteItemCommand({ TableName: process.env.CONNECTIONS, Key }));
  return { statusCode: 200 };
}
