import { Duration, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnApi,
  type DomainName,
  type IAccessLogSettings,
  LogGroupLogDestination,
  WebSocketApi,
  WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { clientMessages } from '../domain/protocol/live-protocol.ts';
import { acknowledge } from './acknowledge.ts';
import type { Config } from './config.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { Log } from './log.ts';
import { NodeFunction, type Permission } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';
import { publicUrlVariables } from './public-urls.ts';
import type { Releases } from './releases.ts';

export interface LiveApiProps {
  readonly tables: OrderTables;
  /** @default API Gateway's own */
  readonly domain: DomainName | undefined;
  /** @default new code takes over at once */
  readonly releases: Releases | undefined;
  readonly config: Config;
}

/** Name of the WebSocket API's stage, and so its path. */
const stageName = 'live';

/** Older changes are not pushed: by then, clients have read the status over HTTP. */
const maxRecordAge = Duration.minutes(10);

/** Enough for a short outage of the connections endpoint, and few enough not to delay later changes. */
const retryAttempts = 10;

/** The WebSocket API, and the function that pushes changes from the jobs table's stream. */
export class LiveApi extends Construct {
  /** `wss://…/live`, or the domain: what API Gateway itself answers to. */
  readonly url: string;
  /** Changes that cannot be read, whole, and notices of changes that could not be pushed. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { tables, domain, releases, config }: LiveApiProps) {
    super(scope, id);
    const { jobs } = tables;
    const { ratePerSecond, burst } = config;

    const api = new WebSocketApi(this, 'Api', {
      apiName: `${Stack.of(this).stackName}-live`,
      description: 'Pushes every change of a job to the holders of its ticket.',
      routeSelectionExpression: '$request.body.action',
    });
    const stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: api,
      stageName,
      autoDeploy: true,
      ...(domain && { domainMapping: { domainName: domain } }),
      throttle: { rateLimit: ratePerSecond, burstLimit: burst },
      ...(config.liveAccessLog && { accessLogSettings: this.accessLog(config) }),
    });
    // With a domain the default endpoint is off, for calls to connections too.
    if (domain) (api.node.defaultChild as CfnApi).disableExecuteApiEndpoint = true;
    if (!config.liveAccessLog)
      for (const rule of ['AwsSolutions-APIG1', 'Serverless-APIGWAccessLogging'])
        acknowledge(stage, rule, 'The deployment chose no access log (-c liveAccessLog).');
    // API Gateway authorizes WebSockets at the handshake only.
    acknowledge(
      api,
      'AwsSolutions-APIG4',
      'The function of $connect refuses every handshake without the ticket of a job.',
    );
    this.url = domain ? `wss://${domain.name}` : stage.url;
    const variables = {
      JOBS_TABLE: jobs.tableName,
      ...publicUrlVariables(config, this.url),
      CONNECTIONS_URL: domain ? `https://${domain.name}` : stage.callbackUrl,
    };
    /** Permission to send (POST) or to look at (GET) connections. */
    const manage = (method: 'POST' | 'GET'): Permission => ({
      actions: ['execute-api:ManageConnections'],
      resources: [
        Stack.of(this).formatArn({
          service: 'execute-api',
          resource: api.apiId,
          resourceName: `${stageName}/${method}/@connections/*`,
        }),
      ],
      wildcards: 'The connections of one stage. Clients make them.',
    });

    const answering = (target: NodeFunction) => releases?.gradually(target) ?? target.function;
    const connect = new NodeFunction(this, 'Connect', {
      entry: 'live/connect',
      description: 'Accepts connections with the ticket of a job.',
      environment: { JOBS_TABLE: jobs.tableName },
      config,
    });
    connect.allow(['dynamodb:GetItem'], jobs.tableArn);
    api.addRoute('$connect', {
      integration: new WebSocketLambdaIntegration('ConnectIntegration', answering(connect)),
    });

    const messages = new NodeFunction(this, 'Messages', {
      entry: 'live/messages',
      description: 'Answers the messages of clients.',
      environment: variables,
      config,
    });
    messages.allow(['dynamodb:UpdateItem'], jobs.tableArn);
    messages.grant([manage('POST'), manage('GET')]);
    const answeringMessages = answering(messages);
    for (const route of [...Object.keys(clientMessages), '$default']) {
      api.addRoute(route, {
        integration: new WebSocketLambdaIntegration(`${route}Integration`, answeringMessages),
      });
    }

    this.deadLetters = new DeadLetterQueue(this, 'Undelivered', config);
    const push = new NodeFunction(this, 'Push', {
      entry: 'live/push',
      description: "Pushes every visible change to the job's watchers.",
      environment: { ...variables, DEAD_LETTER_QUEUE_URL: this.deadLetters.queueUrl },
      config,
      timeout: Duration.seconds(30),
    });
    push.allow(['dynamodb:UpdateItem'], jobs.tableArn);
    push.grant([manage('POST')]);
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

  private accessLog(config: Config): IAccessLogSettings {
    const log = new Log(this, 'AccessLog', { config });
    return { destination: new LogGroupLogDestination(log), format: accessLogFormat };
  }
}

/** Logs no query, because it contains the ticket, and no message. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    connectionId: '$context.connectionId',
    route: '$context.routeKey',
    event: '$context.eventType',
    status: '$context.status',
    latencyMs: '$context.integrationLatency',
    integrationError: '$context.integrationErrorMessage',
    error: '$context.error.message',
  }),
);
