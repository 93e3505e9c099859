import { join } from 'node:path';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  DefinitionBody,
  Fail,
  JsonPath,
  Map as MapState,
  Parallel,
  Pass,
  Result,
  StateMachine,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';

/**
 * Ships a parcel: an app of any team, with all flow states as the CDK's constructs write them.
 *
 * Input: `{ "lines": [{ "sku": "book", "quantity": 2 }], "note"?: "glass", "express"?: true }`.
 */
const app = new App();
const stack = new Stack(app, 'Shipping');

const functionIn = (id: string, folder: string) =>
  new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromAsset(join(import.meta.dirname, folder)),
  });

const price = new MapState(stack, 'Price each line', {
  itemsPath: '$.lines',
  itemSelector: {
    line: JsonPath.numberAt('$$.Map.Item.Index'),
    sku: JsonPath.stringAt('$$.Map.Item.Value.sku'),
    quantity: JsonPath.numberAt('$$.Map.Item.Value.quantity'),
  },
  resultPath: '$.prices',
  maxConcurrency: 2,
}).itemProcessor(
  new LambdaInvoke(stack, 'Price', {
    lambdaFunction: functionIn('PriceFunction', 'price'),
    payloadResponseOnly: true,
  }),
);

const pack = new LambdaInvoke(stack, 'Pack', {
  lambdaFunction: functionIn('PackFunction', 'pack'),
  outputPath: '$.Payload',
});
const label = new Wait(stack, 'Dry the label', { time: WaitTime.duration(Duration.seconds(2)) }).next(
  new Pass(stack, 'Label', {
    parameters: {
      text: JsonPath.format(
        '{} lines for {}',
        JsonPath.arrayLength(JsonPath.objectAt('$.lines')),
        JsonPath.executionName,
      ),
    },
    outputPath: '$.text',
  }),
);
const prepare = new Parallel(stack, 'Prepare', {
  resultSelector: { parcel: JsonPath.stringAt('$[0]'), label: JsonPath.stringAt('$[1]') },
  resultPath: '$.prepared',
})
  .branch(pack, label)
  .addCatch(new Fail(stack, 'Damaged', { errorPath: '$.failure.Error', cause: 'Packing failed.' }), {
    errors: ['Broken'],
    resultPath: '$.failure',
  });

const speed = new Choice(stack, 'How fast')
  .when(
    Condition.and(Condition.isPresent('$.express'), Condition.booleanEquals('$.express', true)),
    new Pass(stack, 'By air', { result: Result.fromString('air'), resultPath: '$.by' }),
  )
  .otherwise(new Pass(stack, 'By land', { result: Result.fromString('land'), resultPath: '$.by' }))
  .afterwards();

const definition = new Choice(stack, 'Anything to ship')
  .when(
    Condition.or(Condition.isNotPresent('$.lines'), Condition.isNotPresent('$.lines[0]')),
    new Fail(stack, 'Nothing to ship', { error: 'NothingToShip', cause: 'The parcel has no lines.' }),
  )
  .otherwise(
    price
      .addCatch(new Succeed(stack, 'Refused'), { errors: ['UnknownProduct'], resultPath: '$.refused' })
      .next(prepare)
      .next(speed)
      .next(new Succeed(stack, 'Shipped')),
  );

const machine = new StateMachine(stack, 'Machine', {
  stateMachineName: 'Shipping',
  definitionBody: DefinitionBody.fromChainable(definition),
  timeout: Duration.minutes(5),
});
new CfnOutput(stack, 'MachineArn', { value: machine.stateMachineArn });

app.synth();
