import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

const dynamodb = new DynamoDBClient();

/** A client connects with ?jobId=… */
export async function handler({ requestContext: { connectionId }, queryStringParameters: { jobId } }) {
  const Item = { connectionId: { S: connectionId }, jobId: { S: jobId } };
  await dynamodb.send(new PutItemCommand({ TableName: process.env.CONNECTIONS, Item }));
  return { statusCode: 200 };
}
