import { Duration, Stack } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { clientMessages } from '../domain/protocol/live-protocol.ts';
import type { Config } from './config.ts';
import { NodeFunction } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';
import { publicUrlVariables } from './public-urls.ts';
import { queueDefaults } from './queue-defaults.ts';

export interface LiveApiProps {
  readonly tables: OrderTables;
  readonly config: Pick<
    Config,
    'ratePerSecond' | 'burst' | 'logRetentionDays' | 'publicUrl' | 'publicLiveUrl'
  >;
}

/** Name of the WebSocket API's stage, and so its path. */
const stageName = 'live';

/** Older changes are not pushed: by then, clients have read the status over HTTP. */
const maxRecordAge = Duration.minutes(10);

/** Enough for a short outage of the connections endpoint, and few enough not to delay later changes. */
const retryAttempts = 10;

/** The WebSocket API, and the function that pushes changes from the jobs table's stream. */
export class LiveApi extends Construct {
  /** `wss://…/live`, the stage's own. */
  readonly url: string;
  /** Changes that cannot be read, whole, and notices of changes that could not be pushed. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { tables, config }: LiveApiProps) {
    super(scope, id);
    const { jobs } = tables;
    const { ratePerSecond, burst, logRetentionDays } = config;

    const api = new WebSocketApi(this, 'Api', {
      apiName: `${Stack.of(this).stackName}-live`,
      description: 'Pushes every change of a job to the holders of its ticket.',
      routeSelectionExpression: '$request.body.action',
    });
    const stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: api,
      stageName,
      autoDeploy: true,
      throttle: { rateLimit: ratePerSecond, burstLimit: burst },
    });
    this.url = stage.url;
    const variables = {
      JOBS_TABLE: jobs.tableName,
      ...publicUrlVariables(config, stage.url),
      CONNECTIONS_URL: stage.callbackUrl,
    };
    const connections = (method: string) =>
      Stack.of(this).formatArn({
        service: 'execute-api',
        resource: api.apiId,
        resourceName: `${stageName}/${method}/@connections/*`,
      });

    const connect = new NodeFunction(this, 'Connect', {
      entry: 'live/connect',
      description: 'Accepts connections with the ticket of a job.',
      environment: { JOBS_TABLE: jobs.tableName },
      logRetentionDays,
    });
    connect.allow(['dynamodb:GetItem'], jobs.tableArn);
    api.addRoute('$connect', {
      integration: new WebSocketLambdaIntegration('ConnectIntegration', connect.function),
    });

    const messages = new NodeFunction(this, 'Messages', {
      entry: 'live/messages',
      description: 'Answers the messages of clients.',
      environment: variables,
      logRetentionDays,
    });
    messages.allow(['dynamodb:UpdateItem'], jobs.tableArn);
    messages.allow(['execute-api:ManageConnections'], connections('POST'), connections('GET'));
    for (const route of [...Object.keys(clientMessages), '$default']) {
      api.addRoute(route, {
        integration: new WebSocketLambdaIntegration(`${route}Integration`, messages.function),
      });
    }

    this.deadLetters = new Queue(this, 'Undelivered', queueDefaults);
    const push = new NodeFunction(this, 'Push', {
      entry: 'live/push',
      description: "Pushes every visible change to the job's watchers.",
      environment: { ...variables, DEAD_LETTER_QUEUE_URL: this.deadLetters.queueUrl },
      logRetentionDays,
      timeout: Duration.seconds(30),
    });
    push.allow(['dynamodb:UpdateItem'], jobs.tableArn);
    push.allow(['execute-api:ManageConnections'], connections('POST'));
    push.allow(['sqs:SendMessage'], this.deadLetters.queueArn);
    new EventSourceMapping(this, 'Changes', {
      target: push.function,
      eventSourceArn: push.readStream(jobs),
      startingPosition: StartingPosition.LATEST,
      // Changes of jobs without watchers do not invoke the function.
      filters: [FilterCriteria.filter({ dynamodb: { NewImage: { watchers: { SS: FilterRule.exists() } } } })],
      batchSize: 100,
      parallelizationFactor: 10,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      maxRecordAge,
      retryAttempts,
      // CDK's SqsDlq would grant more than sending; the statement above grants what is needed.
      onFailure: { bind: () => ({ destination: this.deadLetters.queueArn }) },
    }).node.addDependency(push.permissions);
  }
}
