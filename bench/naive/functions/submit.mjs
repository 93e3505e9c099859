import { randomUUID } from 'node:crypto';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

const dynamodb = new DynamoDBClient();
const stepFunctions = new SFNClient();

/** POST /orders */
export async function handler({ body }) {
  const jobId = randomUUID();
  const createdAt = new Date().toISOString();
  await dynamodb.send(
    new PutItemCommand({
      TableName: process.env.JOBS,
      Item: {
        jobId: { S: jobId },
        owner: { S: 'demo' },
        createdAt: { S: createdAt },
        status: { S: 'queued' },
        order: { S: body },
      },
    }),
  );
  await stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: process.env.MACHINE, input: JSON.stringify({ jobId }) }),
  );
  return { statusCode: 202, body: JSON.stringify({ jobId }) };
}
