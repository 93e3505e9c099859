import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

const dynamodb = new DynamoDBClient();

/** Publishes an entry, unless it is rude. */
export async function handler({ Records: [{ body }] }) {
  const { id, text } = JSON.parse(body);
  if (text.includes('rude')) throw new Error('This one needs a person');
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: process.env.ENTRIES_TABLE,
      Key: { id: { S: id } },
      UpdateExpression: 'SET #status = :published',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':published': { S: 'published' } },
    }),
  );
}
