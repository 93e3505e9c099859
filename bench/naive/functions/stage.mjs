import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

const dynamodb = new DynamoDBClient();
const sockets = new ApiGatewayManagementApiClient({ endpoint: process.env.CALLBACK_URL });

/** One stage: writes that it began, does nothing, writes that it ended, and tells whoever watches after each write. */
export async function handler({ jobId }) {
  await change(jobId, 'in-progress');
  await change(jobId, 'completed');
  return {};
}

async function change(jobId, status) {
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: process.env.JOBS,
      Key: { jobId: { S: jobId } },
      UpdateExpression: 'SET #status = :status, updatedAt = :now',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': { S: status }, ':now': { S: new Date().toISOString() } },
    }),
  );
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: process.env.CONNECTIONS,
      IndexName: 'byJob',
      KeyConditionExpression: 'jobId = :jobId',
      ExpressionAttributeValues: { ':jobId': { S: jobId } },
    }),
  );
  for (const { connectionId } of Items) {
    const Data = JSON.stringify({ jobId, status });
    await sockets.send(new PostToConnectionCommand({ ConnectionId: connectionId.S, Data })).catch(() => {});
  }
}
