import { expect, it } from '@jest/globals';
import { createStack, type Stack } from '../../src/cloudformation/create-stack.ts';
import { inertKinds } from '../../src/cloudformation/inert.ts';
import type { Resource, ResourceKind } from '../../src/cloudformation/resource-kind.ts';
import { planTemplate, type RawTemplate } from '../../src/cloudformation/template-plan.ts';
import { deployResource } from '../support/deploy-resources.ts';

/** Creates the stack of a template with kinds that note what happens to them. */
async function create(raw: RawTemplate) {
  const story: string[] = [];
  const seen = new Map<string, Resource>();
  const stops: (() => unknown)[] = [];
  const noting = (type: string, honoured: readonly string[]): ResourceKind => ({
    type,
    honoured,
    create(resource) {
      const { Color } = resource.properties;
      if (Color === 'none') throw new Error('Color is none; allowed: red');
      seen.set(resource.logicalId, resource);
      story.push(`create ${resource.logicalId}`);
      return {
        ref: resource.logicalId.toLowerCase(),
        start: () => void story.push(`start ${resource.logicalId}`),
        stop: () => void story.push(`stop ${resource.logicalId}`),
      };
    },
  });
  const stack: Stack = await createStack(planTemplate(raw, '/assembly', 'Orders'), {
    kinds: [
      noting('AWS::ApiGatewayV2::Api', ['ProtocolType']),
      noting('Test::Part', ['Url', 'Color', 'Partly.Known']),
    ],
    addresses: { publicUrl: 'http://127.0.0.1:3000', awsUrl: 'http://127.0.0.1:4566' },
    onStop: (_, stop) => stops.push(stop),
  });
  const stop = () => {
    for (const one of stops.reverse()) one();
  };
  return { ...stack, story, seen, stop };
}

const host = '.execute-api.us-east-1.amazonaws.com';

it('creates in dependency order, starts when all is created, stops in reverse', async () => {
  const { story, start, stop } = await create({
    Resources: { B: { Type: 'Test::Part', DependsOn: 'A' }, A: { Type: 'Test::Part' } },
  });

  await start();
  stop();

  expect(story).toEqual(['create A', 'create B', 'start A', 'start B', 'stop B', 'stop A']);
});

it('gives deployed APIs addresses on this machine', async () => {
  const { outputs, seen } = await create({
    Resources: {
      Part: {
        Type: 'Test::Part',
        Properties: { Url: { 'Fn::Join': ['', ['https://', { Ref: 'Socket' }, `${host}/live`]] } },
      },
      Http: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
      Socket: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } },
    },
    Outputs: {
      OrdersUrl: { Value: { 'Fn::Join': ['', ['https://', { Ref: 'Http' }, `${host}/api/orders`]] } },
      LiveUrl: { Value: { 'Fn::Join': ['', ['wss://', { Ref: 'Socket' }, `${host}/live`]] } },
    },
  });

  expect(outputs).toEqual({
    OrdersUrl: 'http://127.0.0.1:3000/api/orders',
    LiveUrl: 'ws://127.0.0.1:3000/live',
  });
  expect(seen.get('Part')?.properties).toEqual({ Url: 'http://127.0.0.1:4566/live' });
});

it('refuses everything it would ignore, in one error', async () => {
  const refused = create({
    Resources: {
      Bucket: { Type: 'AWS::S3::Bucket', Metadata: { 'aws:cdk:path': 'Orders/Bucket/Resource' } },
      Part: { Type: 'Test::Part', Properties: { Size: 9, Partly: { Known: 1, Unknown: 2 } } },
    },
  });

  await expect(refused).rejects.toThrow(
    [
      'The template asks for what the local cloud does not do:',
      '  - Orders/Bucket/Resource: the type AWS::S3::Bucket is not known',
      '  - Part: Size of Test::Part would be ignored',
      '  - Part: Partly.Unknown of Test::Part would be ignored',
    ].join('\n'),
  );
});

it('refuses a text where a kind names members', async () => {
  const refused = create({ Resources: { Part: { Type: 'Test::Part', Properties: { Partly: 'x' } } } });

  await expect(refused).rejects.toThrow('Part: Partly = x of Test::Part would be ignored');
});

it('refuses properties that would matter, and misspelt ones, of types that do nothing here', async () => {
  for (const [type, property] of [
    ['AWS::CloudWatch::Alarm', 'Treshold'],
    ['AWS::IAM::ManagedPolicy', 'Roles'],
    ['AWS::KMS::Key', 'Enabled'],
    ['AWS::Logs::MetricFilter', 'FilterPatern'],
    ['AWS::SNS::Topic', 'FifoTopic'],
  ] as const) {
    await expect(deployResource(inertKinds, type, { [property]: true })).rejects.toThrow(
      `Stack/Subject: ${property} of ${type} would be ignored`,
    );
  }
});

it('refuses alarms made of alarms', async () => {
  await expect(deployResource(inertKinds, 'AWS::CloudWatch::CompositeAlarm', {})).rejects.toThrow(
    'Stack/Subject: the type AWS::CloudWatch::CompositeAlarm is not known',
  );
});

it('names the resource whose value is refused', async () => {
  const Part = {
    Type: 'Test::Part',
    Metadata: { 'aws:cdk:path': 'Orders/Part/Resource' },
    Properties: { Color: 'none' },
  };

  await expect(create({ Resources: { Part } })).rejects.toThrow(
    'Orders/Part/Resource: Color is none; allowed: red',
  );
});
