import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

const dynamodb = new DynamoDBClient();

/** GET /entries/{id} */
export async function handler({ pathParameters: { id } }) {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: process.env.ENTRIES_TABLE, Key: { id: { S: id } } }),
  );
  if (!Item) return { statusCode: 404 };
  return { text: Item.text.S, status: Item.status.S };
}
