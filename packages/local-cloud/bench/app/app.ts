import { join } from 'node:path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';

/** The least that can be measured: a function behind an HTTP API, and a table. */
const app = new App();
const stack = new Stack(app, 'Bench');

const hello = new LambdaFunction(stack, 'Hello', {
  runtime: Runtime.NODEJS_22_X,
  handler: 'hello.handler',
  code: Code.fromAsset(join(import.meta.dirname, 'functions')),
});
new HttpApi(stack, 'Api').addRoutes({
  path: '/hello',
  methods: [HttpMethod.GET],
  integration: new HttpLambdaIntegration('HelloIntegration', hello),
});
const table = new Table(stack, 'Items', {
  partitionKey: { name: 'id', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
});
new CfnOutput(stack, 'Table', { value: table.tableName });

app.synth();
