/**
 * The design that most samples show, to compare with on the same meters: each stage writes its begin and its end, asks a
 * table who is connected and tells them, and clients poll. Its stages do nothing, as in the other contenders.
 */
import { join } from 'node:path';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration, WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { DefinitionBody, StateMachine, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';

const app = new App();
const stack = new Stack(app, 'Naive');

const text = (name: string) => ({ name, type: AttributeType.STRING });
const jobs = new Table(stack, 'Jobs', {
  partitionKey: text('jobId'),
  billingMode: BillingMode.PAY_PER_REQUEST,
});
// The customer's history.
jobs.addGlobalSecondaryIndex({
  indexName: 'byOwner',
  partitionKey: text('owner'),
  sortKey: text('createdAt'),
  projectionType: ProjectionType.ALL,
});
const connections = new Table(stack, 'Connections', {
  partitionKey: text('connectionId'),
  billingMode: BillingMode.PAY_PER_REQUEST,
});
connections.addGlobalSecondaryIndex({
  indexName: 'byJob',
  partitionKey: text('jobId'),
  projectionType: ProjectionType.ALL,
});

const code = Code.fromAsset(join(import.meta.dirname, 'functions'));
function functionOf(id: string, environment: Record<string, string> = {}): LambdaFunction {
  const made = new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_22_X,
    architecture: Architecture.ARM_64,
    memorySize: 256,
    timeout: Duration.seconds(10),
    handler: `${id.toLowerCase()}.handler`,
    code,
    environment: { JOBS: jobs.tableName, CONNECTIONS: connections.tableName, ...environment },
  });
  jobs.grantReadWriteData(made);
  connections.grantReadWriteData(made);
  return made;
}

const connect = new WebSocketLambdaIntegration('ConnectIntegration', functionOf('Connect'));
const disconnect = new WebSocketLambdaIntegration('DisconnectIntegration', functionOf('Disconnect'));
const live = new WebSocketApi(stack, 'Live', {
  connectRouteOptions: { integration: connect },
  disconnectRouteOptions: { integration: disconnect },
});
const liveStage = new WebSocketStage(stack, 'LiveStage', {
  webSocketApi: live,
  stageName: 'live',
  autoDeploy: true,
});

const stage = functionOf('Stage', { CALLBACK_URL: liveStage.callbackUrl });
live.grantManageConnections(stage);
const task = (name: string) =>
  new LambdaInvoke(stack, name, {
    lambdaFunction: stage,
    payloadResponseOnly: true,
    resultPath: '$.result',
  }).addRetry({ maxAttempts: 3 });
const definition = task('validation')
  .next(task('payment'))
  .next(task('order-creation'))
  .next(task('email'))
  .next(new Succeed(stack, 'Done'));
const machine = new StateMachine(stack, 'Workflow', {
  definitionBody: DefinitionBody.fromChainable(definition),
});

const submit = functionOf('Submit', { MACHINE: machine.stateMachineArn });
machine.grantStartExecution(submit);
const api = new HttpApi(stack, 'Api');
api.addRoutes({
  path: '/orders',
  methods: [HttpMethod.POST],
  integration: new HttpLambdaIntegration('SubmitIntegration', submit),
});
api.addRoutes({
  path: '/orders/{jobId}',
  methods: [HttpMethod.GET],
  integration: new HttpLambdaIntegration('StatusIntegration', functionOf('Status')),
});

new CfnOutput(stack, 'ApiUrl', { value: api.apiEndpoint });
new CfnOutput(stack, 'LiveUrl', { value: liveStage.url });

app.synth();
