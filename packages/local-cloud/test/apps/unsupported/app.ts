import { App, Stack } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Group, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue, RedrivePermission } from 'aws-cdk-lib/aws-sqs';

/** Two stacks of which the local cloud runs nothing: the first for its types and properties, the second for a value. */
const app = new App();

const types = new Stack(app, 'Types');
new Bucket(types, 'Files');
new TableV2(types, 'Everywhere', { partitionKey: { name: 'id', type: AttributeType.STRING } });
new ManagedPolicy(types, 'Policy', {
  groups: [Group.fromGroupName(types, 'Staff', 'staff')],
  statements: [new PolicyStatement({ actions: ['sqs:ListQueues'], resources: ['*'] })],
});
new Queue(types, 'Dead', { redriveAllowPolicy: { redrivePermission: RedrivePermission.DENY_ALL } });
new LambdaFunction(types, 'Function', {
  runtime: Runtime.NODEJS_22_X,
  handler: 'index.handler',
  code: Code.fromAsset(import.meta.dirname),
  layers: [
    LayerVersion.fromLayerVersionArn(types, 'Layer', 'arn:aws:lambda:us-east-1:123456789012:layer:x:1'),
  ],
});

const values = new Stack(app, 'Values');
new Rule(values, 'AtNoon', {
  schedule: Schedule.cron({ hour: '12', minute: '0' }),
  targets: [new SqsQueue(new Queue(values, 'Work'))],
});

app.synth();
