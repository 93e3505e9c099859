import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { type StageName, stages } from '../../domain/stages.ts';
import { environments, type FunctionName } from '../../lambdas/runtime/environment.ts';
import {
  bundleOf,
  functionsOf,
  nameOf,
  type Resource,
  resourcesOf,
  textOf,
  theOnly,
  titleOf,
} from '../support/stack.ts';

/** What a function is expected to be: its file, the schema of its variables, and exactly what it may do. */
interface Expected {
  readonly entry: string;
  readonly variables: FunctionName;
  /** `action resource`, beside writing its own log. */
  readonly permissions: readonly string[];
}

const jobs = '<TablesJobs.Arn>';
const orders = '<TablesOrders.Arn>';
const ledger = '<TablesLedger.Arn>';
const readAndChangeJob = [`dynamodb:GetItem ${jobs}`, `dynamodb:UpdateItem ${jobs}`];
const connections = (method: string) =>
  `execute-api:ManageConnections arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<PushApi>/live/${method}/@connections/*`;

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
      variables: name in environments ? (name as FunctionName) : 'stage',
      permissions: [...ofEveryStage, ...(ofSomeStages[name] ?? [])],
    },
  ]),
);

const expected: Record<string, Expected> = {
  ...expectedOfStages,
  Accept: {
    entry: 'api/accept',
    variables: 'accept',
    permissions: [
      `dynamodb:GetItem ${jobs}`,
      `dynamodb:PutItem ${jobs}`,
      `dynamodb:PutItem ${orders}`,
      'dynamodb:PutItem <TablesIdempotencyKeys.Arn>',
      `dynamodb:GetItem ${statistics}`,
      `states:StartExecution ${machine}`,
    ],
  },
  Status: { entry: 'api/status', variables: 'status', permissions: [`dynamodb:GetItem ${jobs}`] },
  Cancel: {
    entry: 'api/cancel',
    variables: 'cancel',
    permissions: [...readAndChangeJob, `states:StartExecution ${machine}`],
  },
  Redrive: {
    entry: 'api/redrive',
    variables: 'redrive',
    permissions: [
      ...readAndChangeJob,
      `states:DescribeExecution ${executionOf}`,
      `states:RedriveExecution ${executionOf}`,
    ],
  },
  History: {
    entry: 'api/history',
    variables: 'history',
    permissions: [`dynamodb:Query ${jobs}/index/jobs-by-owner`],
  },
  Order: { entry: 'api/order', variables: 'order', permissions: [`dynamodb:GetItem ${orders}`] },
  Openapi: { entry: 'api/openapi', variables: 'openapi', permissions: [] },
  StagesSettlement: {
    entry: 'settlement/settle',
    variables: 'settlement',
    permissions: [
      ...readAndChangeJob,
      `dynamodb:GetItem ${orders}`,
      `dynamodb:UpdateItem ${orders}`,
      `dynamodb:PutItem ${ledger}`,
    ],
  },
  PushApiConnect: {
    entry: 'live/connect',
    variables: 'connect',
    permissions: [`dynamodb:GetItem ${jobs}`],
  },
  PushApiMessages: {
    entry: 'live/messages',
    variables: 'messages',
    permissions: [`dynamodb:UpdateItem ${jobs}`, connections('POST'), connections('GET')],
  },
  PushApiPush: {
    entry: 'live/push',
    variables: 'push',
    permissions: [
      `dynamodb:UpdateItem ${jobs}`,
      ...stream,
      'dynamodb:ListStreams *',
      connections('POST'),
      'sqs:SendMessage <PushApiUndelivered.Arn>',
    ],
  },
  CallbacksWebhooks: {
    entry: 'webhooks/deliver',
    variables: 'webhooks',
    permissions: [
      `dynamodb:GetItem ${jobs}`,
      `dynamodb:GetItem ${orders}`,
      'secretsmanager:GetSecretValue <CallbacksSigningKey>',
      'sqs:ReceiveMessage <CallbacksDue.Arn>',
      'sqs:DeleteMessage <CallbacksDue.Arn>',
      'sqs:GetQueueAttributes <CallbacksDue.Arn>',
      'sqs:ChangeMessageVisibility <CallbacksDue.Arn>',
      'sqs:SendMessage <CallbacksUndelivered.Arn>',
    ],
  },
  HousekeepingReconcile: {
    entry: 'housekeeping/reconcile',
    variables: 'reconcile',
    permissions: [
      ...readAndChangeJob,
      `dynamodb:Query ${jobs}/index/open-jobs`,
      `states:StartExecution ${machine}`,
      `states:DescribeExecution ${executionOf}`,
    ],
  },
  HousekeepingBookkeeping: {
    entry: 'housekeeping/bookkeeping',
    variables: 'bookkeeping',
    permissions: [
      `dynamodb:GetItem ${jobs}`,
      `dynamodb:GetItem ${statistics}`,
      `dynamodb:PutItem ${statistics}`,
      ...stream,
      'dynamodb:ListStreams *',
      `states:StartExecution ${machine}`,
      'sqs:SendMessage <CallbacksDue.Arn>',
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
  Accept: ['DynamoDB', 'Step Functions'],
  Openapi: [],
  StagesPayment: ['DynamoDB', 'Secrets Manager', 'Stripe'],
  Cancel: ['DynamoDB', 'Step Functions'],
  Redrive: ['DynamoDB', 'Step Functions'],
  HousekeepingReconcile: ['DynamoDB', 'Step Functions'],
  HousekeepingBookkeeping: ['DynamoDB', 'Step Functions', 'SQS'],
  StagesSettlement: ['DynamoDB', 'Secrets Manager', 'Stripe'],
  CallbacksWebhooks: ['DynamoDB', 'Secrets Manager', 'SQS'],
  StagesEmail: ['DynamoDB', 'SES'],
  PushApiMessages: ['DynamoDB', 'WebSocket connections'],
  PushApiPush: ['DynamoDB', 'WebSocket connections'],
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

it('there is a function for each file, and none else', () => {
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

describe.each(Object.entries(expected))('%s', (name, { entry, variables, permissions }) => {
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

    expect(z.safeParse(environments[variables], set).error?.issues).toBeUndefined();
    expect(Object.keys(environments[variables].shape)).toEqual(expect.arrayContaining(Object.keys(set)));
  });

  it('reads the variables that it is given', () => {
    const source = readFileSync(path.join(import.meta.dirname, `../../lambdas/${entry}.ts`), 'utf8');

    const schemas = [...source.matchAll(/environmentOf\('([\w-]+)'\)/g)].map(([, schema]) => schema);

    expect(schemas).toEqual(variables === 'openapi' ? [] : [variables]);
  });

  it('holds no code that it does not need', () => {
    const bundle = bundleOf(entry);

    const held = Object.entries(parts).flatMap(([part, mark]) => (bundle.includes(mark) ? [part] : []));

    expect(held.sort()).toEqual([...(needed[name] ?? ['DynamoDB'])].sort());
  });
});

it('mails are sent as the identity that SES is asked to confirm', () => {
  const { EmailIdentity } = theOnly('AWS::SES::EmailIdentity').Properties;

  expect(functionsOf().StagesEmail?.Properties.Environment.Variables.MAIL_SENDER).toBe(EmailIdentity);
});

describe('wildcards', () => {
  /** Why each is allowed. */
  const allowed = [
    // Step Functions delivers logs through actions that know no resources.
    /^logs:(CreateLogDelivery|GetLogDelivery|UpdateLogDelivery|DeleteLogDelivery|ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups) \*$/,
    // Any version of exactly this function.
    /^lambda:InvokeFunction <Stages\w+Function\.Arn>:\*$/,
    // Connections come and go; their API and stage are named.
    /^execute-api:ManageConnections arn:.*:<PushApi>\/live\/(POST|GET)\/@connections\/\*$/,
    // Executions are named by job; their state machine is named.
    /^states:(DescribeExecution|RedriveExecution) arn:.*:execution:<OrderWorkflowStateMachine\.Name>:\*$/,
    // Lambda lists streams before it reads one, and the action knows no resources.
    /^dynamodb:ListStreams \*$/,
    // An account in SES's sandbox is asked for the recipient's identity too; what is sent as is named.
    /^ses:SendEmail arn:.*:identity\/\* \{"StringEquals":\{"ses:FromAddress":"orders@example\.com"\}\}$/,
  ];

  it('stand in no permission but the few that AWS leaves no choice about', () => {
    const roles = Object.keys(resourcesOf('AWS::IAM::Role'));

    const wild = roles.flatMap(permissionsOf).filter((permission) => permission.includes('*'));

    expect(wild.filter((permission) => !allowed.some((pattern) => pattern.test(permission)))).toEqual([]);
  });

  it('stand in no inline policy of a role', () => {
    const roles = Object.values(resourcesOf('AWS::IAM::Role'));

    expect(roles.flatMap((role) => role.Properties.Policies ?? [])).toEqual([]);
  });
});

it('a function is invoked by one API, by one rule or by the state machine, never by anybody', () => {
  for (const { Properties } of Object.values(resourcesOf('AWS::Lambda::Permission'))) {
    const source = textOf(Properties.SourceArn);
    const ofApi = /^arn:.*:<(HttpApi|PushApi)>\//.test(source);
    const ofRule = /^<Housekeeping\w+\.Arn>$/.test(source);

    expect([source, Properties.Principal]).toEqual([
      source,
      ofApi ? 'apigateway.amazonaws.com' : ofRule ? 'events.amazonaws.com' : undefined,
    ]);
    expect(Properties.Action).toBe('lambda:InvokeFunction');
  }
});

it('every log ends some day, and every function, stage and execution has one', () => {
  const logs = Object.entries(resourcesOf('AWS::Logs::LogGroup'));

  for (const [logicalId, { Properties }] of logs) {
    expect([logicalId, Properties.RetentionInDays]).toEqual([logicalId, 30]);
  }
  expect(logs.map(([logicalId]) => nameOf(logicalId))).toEqual(
    expect.arrayContaining([
      ...Object.keys(expected).map((name) => `${name}Log`),
      'AccessLog',
      'OrderWorkflowLog',
    ]),
  );
  expect(resourcesOf('Custom::LogRetention')).toEqual({});
});
