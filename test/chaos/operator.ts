import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListStateMachinesCommand,
  RedriveExecutionCommand,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Job } from '../../domain/job/job.ts';
import type { OrderRecord } from '../../domain/order/order.ts';

/** Whoever may look into the account: with the AWS console's own calls, and nothing else. */
export interface Operator {
  jobs(): Promise<Job[]>;
  orders(): Promise<OrderRecord[]>;
  /** Stops a job's execution. */
  stop(jobId: string): Promise<void>;
  /** Redrives a job's execution. */
  redrive(jobId: string): Promise<void>;
  /** Status of an execution by its name; `none` when it was never started. */
  statusOf(name: string): Promise<string>;
  /** What a job's executions did last, for whoever debugs. */
  history(jobId: string): Promise<string>;
}

/** Events shown of a history. */
const shown = 14;

/** @param aws address of the AWS endpoints */
export async function createOperator(aws: string): Promise<Operator> {
  const config = {
    endpoint: aws,
    region: 'us-east-1',
    credentials: { accessKeyId: 'operator', secretAccessKey: 'any' },
  };
  const states = new SFNClient(config);
  const dynamodb = new DynamoDBClient(config);
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand());
  const { stateMachines = [] } = await states.send(new ListStateMachinesCommand());
  const arnOf = (name: string) =>
    `${stateMachines[0]?.stateMachineArn?.replace(':stateMachine:', ':execution:')}:${name}`;

  async function scan(part: string): Promise<Record<string, unknown>[]> {
    const TableName = TableNames.find((name) => name.includes(part));
    const items: Record<string, unknown>[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await documents.send(
        new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey }),
      );
      items.push(...(page.Items ?? []));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return items;
  }

  async function statusOf(name: string): Promise<string> {
    try {
      const { status } = await states.send(new DescribeExecutionCommand({ executionArn: arnOf(name) }));
      return status ?? 'none';
    } catch {
      return 'none';
    }
  }

  async function historyOf(name: string): Promise<string> {
    const status = await statusOf(name);
    if (status === 'none') return `  ${name}: never started`;
    const { events = [] } = await states.send(
      new GetExecutionHistoryCommand({ executionArn: arnOf(name), reverseOrder: true, maxResults: shown }),
    );
    const lines = events.reverse().map((event) => {
      const details =
        event.stateEnteredEventDetails ?? event.taskFailedEventDetails ?? event.executionFailedEventDetails;
      const said = details && ('name' in details ? details.name : 'error' in details ? details.error : '');
      return `    ${event.timestamp?.toISOString()} ${event.id} ${event.type} ${said ?? ''}`;
    });
    return [`  ${name}: ${status}`, ...lines].join('\n');
  }

  return {
    jobs: async () => (await scan('Jobs')) as unknown as Job[],
    orders: async () => (await scan('Orders')) as unknown as OrderRecord[],
    stop: async (jobId) => void (await states.send(new StopExecutionCommand({ executionArn: arnOf(jobId) }))),
    redrive: async (jobId) =>
      void (await states.send(new RedriveExecutionCommand({ executionArn: arnOf(jobId) }))),
    statusOf,
    history: async (jobId) => [await historyOf(jobId), await historyOf(`${jobId}-settlement-1`)].join('\n'),
  };
}
