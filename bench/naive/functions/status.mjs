import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

const dynamodb = new DynamoDBClient();

/** GET /orders/{jobId} */
export async function handler({ pathParameters: { jobId } }) {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: process.env.JOBS, Key: { jobId: { S: jobId } } }),
  );
  return Item ? { jobId, status: Item.status.S } : { statusCode: 404 };
}
