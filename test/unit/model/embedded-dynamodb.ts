import { createDynamoDb, type DynamoDb } from '../../../packages/local-cloud/src/dynamodb/dynamodb.ts';
import { startAwsEndpoint } from '../../../packages/local-cloud/src/wire/aws-endpoint.ts';

/** Starts the embedded DynamoDB behind its wire protocol, with the tables `jobs` and `orders`, and points the SDK at it. */
export async function startDynamoDb(): Promise<{ stop(): Promise<void> }> {
  const log = ({ message }: { readonly message: string }) => {
    throw new Error(message);
  };
  const dynamodb = await createDynamoDb({ timeScale: 1, usage: { units: () => {} }, log });
  const endpoint = await startAwsEndpoint(0, {
    services: new Map([['dynamodb', dynamodb.service]]),
    log,
    authorize: () => {},
    strike: () => undefined,
    count: () => {},
  });
  Object.assign(process.env, { AWS_ENDPOINT_URL: endpoint.url });

  for (const input of [jobsTable, tableOf('orders', 'orderId')]) {
    await dynamodb.perform({ operation: 'CreateTable', input });
    await untilActive(dynamodb, input.TableName);
  }
  return {
    async stop() {
      await endpoint.stop();
      await dynamodb.stop();
    },
  };
}

async function untilActive(dynamodb: DynamoDb, TableName: string): Promise<void> {
  for (;;) {
    const answer = await dynamodb.perform({ operation: 'DescribeTable', input: { TableName } });
    if ((answer as { readonly Table: { readonly TableStatus: string } }).Table.TableStatus === 'ACTIVE')
      return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
const tableOf = (TableName: string, key: string) => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
  AttributeDefinitions: [attribute(key)],
});

const jobsTable = {
  ...tableOf('jobs', 'jobId'),
  AttributeDefinitions: ['jobId', 'open', 'createdAt'].map(attribute),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'open-jobs',
      KeySchema: [
        { AttributeName: 'open', KeyType: 'HASH' },
        { AttributeName: 'createdAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};
