import { join } from 'node:path';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, BillingMode, type ITable, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function as LambdaFunction, Runtime, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';

/**
 * A guest book, as any team may write it: entries come in over HTTP, the table's stream passes them to a queue, and a
 * worker publishes them. Its functions leave the AWS SDK outside of their bundle, as the CDK does by default.
 */
const app = new App();
const stack = new Stack(app, 'GuestBook');

const entries = new Table(stack, 'Entries', {
  partitionKey: { name: 'id', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  stream: StreamViewType.NEW_IMAGE,
}) as ITable;
const rejected = new Queue(stack, 'Rejected');
const review = new Queue(stack, 'Review', {
  visibilityTimeout: Duration.seconds(30),
  deadLetterQueue: { queue: rejected, maxReceiveCount: 2 },
});

const code = Code.fromAsset(join(import.meta.dirname, 'functions'));
const functionOf = (id: string, file: string) =>
  new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_22_X,
    handler: `${file}.handler`,
    code,
    environment: { ENTRIES_TABLE: entries.tableName, REVIEW_QUEUE: review.queueUrl },
  });

const write = functionOf('Write', 'write');
entries.grantWriteData(write);
const read = functionOf('Read', 'read');
entries.grantReadData(read);
const submit = functionOf('Submit', 'submit');
submit.addEventSource(new DynamoEventSource(entries, { startingPosition: StartingPosition.TRIM_HORIZON }));
review.grantSendMessages(submit);
const publish = functionOf('Publish', 'publish');
publish.addEventSource(new SqsEventSource(review, { batchSize: 1 }));
entries.grantReadWriteData(publish);

const api = new HttpApi(stack, 'Api');
api.addRoutes({
  path: '/entries',
  methods: [HttpMethod.POST],
  integration: new HttpLambdaIntegration('WriteIntegration', write),
});
api.addRoutes({
  path: '/entries/{id}',
  methods: [HttpMethod.GET],
  integration: new HttpLambdaIntegration('ReadIntegration', read),
});

new CfnOutput(stack, 'ApiUrl', { value: api.apiEndpoint });
new CfnOutput(stack, 'RejectedQueueUrl', { value: rejected.queueUrl });

app.synth();
