import { randomUUID } from 'node:crypto';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

const dynamodb = new DynamoDBClient();

/** POST /entries */
export async function handler({ body }) {
  const id = randomUUID();
  const { text } = JSON.parse(body);
  await dynamodb.send(
    new PutItemCommand({
      TableName: process.env.ENTRIES_TABLE,
      Item: { id: { S: id }, text: { S: text }, status: { S: 'new' } },
    }),
  );
  return { statusCode: 201, body: JSON.stringify({ id }) };
}
