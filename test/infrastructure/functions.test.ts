import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import * as z from 'zod/mini';
import { type StageName, stages } from '../../domain/stages.ts';
import { type FunctionName, variablesSchema } from '../../lambdas/runtime/environment.ts';
import { NodeFunction } from '../../lib/node-function.ts';
import {
  bundleOf,
  functionNamed,
  functionsOf,
  nameOf,
  type Resource,
  resourcesOf,
  textOf,
  theOnly,
  titleOf,
} from '../support/stack.ts';

/** A function's file, and its exact permissions. */
interface Expected {
  readonly entry: FunctionName;
  /** `action resource`, beside writing its own log. */
  readonly permissions: readonly string[];
}

const jobs = '<TablesJobs.Arn>';
const orders = '<TablesOrders.Arn>';
const ledger = '<TablesLedger.Arn>';
const readAndChangeJob = [`dynamodb:GetItem ${jobs}`, `dynamodb:UpdateItem ${jobs}`];
const connections = (method: string) =>
  `execute-api:ManageConnections arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<LiveApi>/live/${method}/@connections/*`;

const statistics = '<TablesStatistics.Arn>';
const machine = '<OrderWorkflowStateMachine>';
const executionOf =
  'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<OrderWorkflowStateMachine.Name>:*';
const stream = ['DescribeStream', 'GetRecords', 'GetShardIterator'].map(
  (action) => `dynamodb:${action} <TablesJobs.StreamArn>`,
);
const ofEveryStage = [...readAndChangeJob, `dynamodb:GetItem ${orders}`, `dynamodb:GetItem ${statistics}`];

/** What stages may do beyond what every stage may. */
const ofSomeStages: { readonly [Name in StageName]?: readonly string[] } = {
  payment: [`dynamodb:PutItem ${ledger}`, `dynamodb:UpdateItem ${ledger}`],
  'order-creation': [`dynamodb:UpdateItem ${orders}`],
  email: [
    `dynamodb:UpdateItem ${orders}`,
    'ses:SendEmail arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/* {"StringEquals":{"ses:FromAddress":"orders@example.com"}}',
  ],
};
const expectedOfStages = Object.fromEntries(
  stages.map(({ name }): [string, Expected] => [
    `Stages${titleOf(name)}`,
    {
      entry: `stages/${name}`,
      permissions: [...ofEveryStage, ...(ofSomeStages[name] ?? [])],
    },
  ]),
);

const expected: Record<string, Expected> = {
  ...expectedOfStages,
  ApiAccept: {
    entry: 'api/accept',
    permissions: [
      `dynamodb:GetItem ${jobs}`,
      `dynamodb:PutItem ${jobs}`,
      `dynamodb:PutItem ${orders}`,
      'dynamodb:PutItem <TablesIdempotencyKeys.Arn>',
      `dynamodb:GetItem ${statistics}`,
      `states:StartExecution ${machine}`,
    ],
  },
  ApiStatus: { entry: 'api/status', permissions: [`dynamodb:GetItem ${jobs}`] },
  ApiCancel: {
    entry: 'api/cancel',
    permissions: [...readAndChangeJob, `states:StartExecution ${machine}`],
  },
  ApiRedrive: {
    entry: 'api/redrive',
    permissions: [
      ...readAndChangeJob,
      `states:DescribeExecution ${executionOf}`,
      `states:RedriveExecution ${executionOf}`,
    ],
  },
  ApiHistory: {
    entry: 'api/history',
    permissions: [`dynamodb:Query ${jobs}/index/jobs-by-owner`],
  },
  ApiOrder: { entry: 'api/order', permissions: [`dynamodb:GetItem ${orders}`] },
  ApiOpenapi: { entry: 'api/openapi', permissions: [] },
  SettlementSettle: {
    entry: 'settlement/settle',
    permissions: [
      ...readAndChangeJob,
      `dynamodb:GetItem ${orders}`,
      `dynamodb:UpdateItem ${orders}`,
      `dynamodb:PutItem ${ledger}`,
    ],
  },
  LiveConnect: {
    entry: 'live/connect',
    permissions: [`dynamodb:GetItem ${jobs}`],
  },
  LiveMessages: {
    entry: 'live/messages',
    permissions: [`dynamodb:UpdateItem ${jobs}`, connections('POST'), connections('GET')],
  },
  LivePush: {
    entry: 'live/push',
    permissions: [
      `dynamodb:UpdateItem ${jobs}`,
      ...stream,
      'dynamodb:ListStreams *',
      connections('POST'),
      'sqs:SendMessage <LiveUndelivered.Arn>',
    ],
  },
  WebhooksDeliver: {
    entry: 'webhooks/deliver',
    permissions: [
      `dynamodb:GetItem ${jobs}`,
      `dynamodb:GetItem ${orders}`,
      'secretsmanager:GetSecretValue <WebhooksSigningKey>',
      'sqs:ReceiveMessage <WebhooksQueue.Arn>',
      'sqs:DeleteMessage <WebhooksQueue.Arn>',
      'sqs:GetQueueAttributes <WebhooksQueue.Arn>',
      'sqs:ChangeMessageVisibility <WebhooksQueue.Arn>',
      'sqs:SendMessage <WebhooksUndelivered.Arn>',
    ],
  },
  HousekeepingReconcile: {
    entry: 'housekeeping/reconcile',
    permissions: [
      ...readAndChangeJob,
      `dynamodb:Query ${jobs}/index/open-jobs`,
      `states:StartExecution ${machine}`,
      `states:DescribeExecution ${executionOf}`,
    ],
  },
  HousekeepingBookkeeping: {
    entry: 'housekeeping/bookkeeping',
    permissions: [
      `dynamodb:GetItem ${jobs}`,
      `dynamodb:GetItem ${statistics}`,
      `dynamodb:PutItem ${statistics}`,
      ...stream,
      'dynamodb:ListStreams *',
      `states:StartExecution ${machine}`,
      'sqs:SendMessage <WebhooksQueue.Arn>',
      'sqs:SendMessage <HousekeepingUnaccounted.Arn>',
    ],
  },
};

/** Text that only this part's code holds, by the part. */
const parts: Record<string, string> = {
  DynamoDB: 'DynamoDB_20120810',
  'Step Functions': 'AWSStepFunctions',
  SES: '/v2/email/outbound-emails',
  'Secrets Manager': 'secretsmanager',
  SQS: 'AmazonSQS',
  Stripe: 'StripeInvalidRequestError',
  'WebSocket connections': '/@connections/{ConnectionId}',
};

/** The parts that a function needs. */
const needed: Record<string, readonly string[]> = {
  ApiAccept: ['DynamoDB', 'Step Functions'],
  ApiOpenapi: [],
  StagesPayment: ['DynamoDB', 'Secrets Manager', 'Stripe'],
  ApiCancel: ['DynamoDB', 'Step Functions'],
  ApiRedrive: ['DynamoDB', 'Step Functions'],
  HousekeepingReconcile: ['DynamoDB', 'Step Functions'],
  HousekeepingBookkeeping: ['DynamoDB', 'Step Functions', 'SQS'],
  SettlementSettle: ['DynamoDB', 'Secrets Manager', 'Stripe'],
  WebhooksDeliver: ['DynamoDB', 'Secrets Manager', 'SQS'],
  StagesEmail: ['DynamoDB', 'SES'],
  LiveMessages: ['DynamoDB', 'WebSocket connections'],
  LivePush: ['DynamoDB', 'WebSocket connections'],
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** Every `action resource condition` of the policies that hang on a role. */
function permissionsOf(roleId: string): string[] {
  return Object.values(resourcesOf('AWS::IAM::Policy'))
    .filter((policy) => policy.Properties.Roles.some((role: { Ref: string }) => role.Ref === roleId))
    .flatMap((policy) => policy.Properties.PolicyDocument.Statement as Statement[])
    .flatMap(({ Effect, Action, Resource, Condition }) =>
      listOf(Action).flatMap((action) =>
        listOf(Resource).map((resource) =>
          [
            ...(Effect === 'Allow' ? [] : [Effect]),
            action,
            textOf(resource),
            ...(Condition ? [JSON.stringify(Condition)] : []),
          ].join(' '),
        ),
      ),
    );
}

const roleOf = (resource: Resource): string => resource.Properties.Role['Fn::GetAtt'][0];

it('is deployed for every file of a function, and for nothing else', () => {
  const files = globSync('lambdas/{{api,live,stages,housekeeping}/*,settlement/settle,webhooks/deliver}.ts', {
    cwd: path.join(import.meta.dirname, '../..'),
  });

  expect(Object.keys(functionsOf()).sort()).toEqual(Object.keys(expected).sort());
  expect(
    Object.values(expected)
      .map(({ entry }) => `lambdas/${entry}.ts`)
      .sort(),
  ).toEqual(files.sort());
});

describe.each(Object.entries(expected))('%s', (name, { entry, permissions }) => {
  const deployed = () => functionsOf()[name] as Resource;

  it('runs on Node.js 24 on Arm, with JSON logs in a log group of its own', () => {
    expect(deployed().Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: expect.stringContaining(`${name}Log`) } },
    });
  });

  it('has a role of its own, which only Lambda assumes and which has no policy of others', () => {
    const role = roleOf(deployed());
    const users = Object.values(functionsOf()).filter((other) => roleOf(other) === role);

    const { Properties } = resourcesOf('AWS::IAM::Role')[role] as Resource;
    expect(users).toHaveLength(1);
    expect(Properties.ManagedPolicyArns ?? []).toEqual([]);
    expect(Properties.Policies ?? []).toEqual([]);
    expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
    ]);
  });

  it('may do exactly what it needs', () => {
    const log = `<${name}Log.Arn>`;

    expect(permissionsOf(roleOf(deployed())).sort()).toEqual(
      [`logs:CreateLogStream ${log}`, `logs:PutLogEvents ${log}`, ...permissions].sort(),
    );
  });

  it('gets the variables that its schema knows, and all that it needs', () => {
    const set = Object.fromEntries(
      Object.entries(deployed().Properties.Environment?.Variables ?? {}).map(([key, value]) => [
        key,
        textOf(value),
      ]),
    );

    const schema: z.ZodMiniObject = variablesSchema(entry);
    expect(z.safeParse(schema, set).error?.issues).toBeUndefined();
    expect(Object.keys(schema.shape)).toEqual(expect.arrayContaining(Object.keys(set)));
  });

  it('reads the variables that it is given', () => {
    const source = readFileSync(path.join(import.meta.dirname, `../../lambdas/${entry}.ts`), 'utf8');

    const read = [...source.matchAll(/environmentOf\('([\w/-]+)'\)/g)].map(([, path]) => path);

    expect(read).toEqual(entry === 'api/openapi' ? [] : [entry]);
  });

  it('holds no code that it does not need', () => {
    const bundle = bundleOf(entry);

    const held = Object.entries(parts).flatMap(([part, mark]) => (bundle.includes(mark) ? [part] : []));

    expect(held.sort()).toEqual([...(needed[name] ?? ['DynamoDB'])].sort());
  });
});

it('mails are sent as the identity that SES is asked to confirm', () => {
  const { EmailIdentity } = theOnly('AWS::SES::EmailIdentity').Properties;

  expect(functionNamed('StagesEmail').Properties.Environment.Variables.MAIL_SENDER).toBe(EmailIdentity);
});

describe('wildcards', () => {
  /** Why each is allowed. */
  const allowed = [
    // Step Functions delivers logs through actions that know no resources.
    /^logs:(CreateLogDelivery|GetLogDelivery|UpdateLogDelivery|DeleteLogDelivery|ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups) \*$/,
    // Any version of exactly this function.
    /^lambda:InvokeFunction <(?:Stages\w+|SettlementSettle)Function\.Arn>:\*$/,
    // Connections come and go; their API and stage are named.
    /^execute-api:ManageConnections arn:.*:<LiveApi>\/live\/(POST|GET)\/@connections\/\*$/,
    // Executions are named by job; their state machine is named.
    /^states:(DescribeExecution|RedriveExecution) arn:.*:execution:<OrderWorkflowStateMachine\.Name>:\*$/,
    // Lambda lists streams before it reads one, and the action knows no resources.
    /^dynamodb:ListStreams \*$/,
    // An account in SES's sandbox is asked for the recipient's identity too; what is sent as is named.
    /^ses:SendEmail arn:.*:identity\/\* \{"StringEquals":\{"ses:FromAddress":"orders@example\.com"\}\}$/,
  ];

  it('occur only in permissions where AWS leaves no choice', () => {
    const roles = Object.keys(resourcesOf('AWS::IAM::Role'));

    const wild = roles.flatMap(permissionsOf).filter((permission) => permission.includes('*'));

    expect(wild.filter((permission) => !allowed.some((pattern) => pattern.test(permission)))).toEqual([]);
  });

  it('occur in no inline policy of a role', () => {
    const roles = Object.values(resourcesOf('AWS::IAM::Role'));

    expect(roles.flatMap((role) => role.Properties.Policies ?? [])).toEqual([]);
  });
});

it('only an API or a rule of this stack may invoke a function by resource policy', () => {
  for (const { Properties } of Object.values(resourcesOf('AWS::Lambda::Permission'))) {
    const source = textOf(Properties.SourceArn);
    const ofApi = /^arn:.*:<(ApiHttpApi|LiveApi)>\//.test(source);
    const ofRule = /^<Housekeeping\w+\.Arn>$/.test(source);

    expect([source, Properties.Principal]).toEqual([
      source,
      ofApi ? 'apigateway.amazonaws.com' : ofRule ? 'events.amazonaws.com' : undefined,
    ]);
    expect(Properties.Action).toBe('lambda:InvokeFunction');
  }
});

it('every function, stage and execution has a log with a retention', () => {
  const logs = Object.entries(resourcesOf('AWS::Logs::LogGroup'));

  for (const [logicalId, { Properties }] of logs) {
    expect([logicalId, Properties.RetentionInDays]).toEqual([logicalId, 30]);
  }
  expect(logs.map(([logicalId]) => nameOf(logicalId))).toEqual(
    expect.arrayContaining([
      ...Object.keys(expected).map((name) => `${name}Log`),
      'ApiAccessLog',
      'OrderWorkflowLog',
    ]),
  );
  expect(resourcesOf('Custom::LogRetention')).toEqual({});
});

it('no function gets the file or the variables of another', () => {
  const stack = new Stack(new App(), 'Test');
  const common = { description: 'A test.', logRetentionDays: 7 } as const;

  // The compiler refuses these; a file that is no function fails at synthesis too.
  expect(
    () =>
      new NodeFunction(stack, 'Unknown', {
        // @ts-expect-error there is no such function
        entry: 'api/nothing',
        environment: {},
        ...common,
      }),
  ).toThrow('api/nothing');
  new NodeFunction(stack, 'Other', {
    entry: 'api/order',
    // @ts-expect-error variables of api/status
    environment: { JOBS_TABLE: 'jobs', LIVE_URL: 'wss://live' },
    ...common,
  });
});
