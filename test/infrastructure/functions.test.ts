import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { type StageName, stages } from '../../domain/stages.ts';
import { type FunctionName, functions, variablesSchema } from '../../lambdas/runtime/environment.ts';
import {
  assetOf,
  constructOf,
  functionNamed,
  functionsOf,
  nameOf,
  type Resource,
  resourcesOf,
  textOf,
  theOnly,
} from '../support/stack.ts';

/** A function's file and its exact permissions. */
interface Expected {
  readonly entry: FunctionName;
  /** `action resource` of each, except those to write its own log. */
  readonly permissions: readonly string[];
  /** The functions whose logs it may search. */
  readonly logs?: () => readonly string[];
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

/** Permissions of some stages beyond those of every stage. */
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
    constructOf(name),
    {
      entry: `stages/${name}`,
      permissions: [...ofEveryStage, ...(ofSomeStages[name] ?? [])],
    },
  ]),
);

/** The functions whose logs operators may search: all but the operator's own. */
const logged = () => Object.keys(functionsOf()).filter((name) => name !== 'OperatorOperate');

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
      `states:StartExecution ${machine}`,
    ],
  },
  ApiHistory: {
    entry: 'api/history',
    permissions: [`dynamodb:Query ${jobs}/index/jobs-of-owner`, `dynamodb:BatchGetItem ${jobs}`],
  },
  ApiOrder: { entry: 'api/order', permissions: [`dynamodb:GetItem ${orders}`] },
  ApiAsyncapi: { entry: 'api/asyncapi', permissions: [] },
  ApiOpenapi: { entry: 'api/openapi', permissions: [] },
  ApiUnrouted: { entry: 'api/unrouted', permissions: [] },
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
      ...['WebhooksDue', 'WebhooksRetries'].flatMap((queue) => [
        `sqs:ReceiveMessage <${queue}.Arn>`,
        `sqs:DeleteMessage <${queue}.Arn>`,
        `sqs:GetQueueAttributes <${queue}.Arn>`,
      ]),
      'sqs:SendMessage <WebhooksRetries.Arn>',
      'sqs:SendMessage <WebhooksUndelivered.Arn>',
    ],
  },
  HousekeepingReconcile: {
    entry: 'housekeeping/reconcile',
    permissions: [
      ...readAndChangeJob,
      `dynamodb:Query ${jobs}/index/open-jobs`,
      `dynamodb:UpdateItem ${orders}`,
      `states:StartExecution ${machine}`,
      `states:DescribeExecution ${executionOf}`,
      `states:GetExecutionHistory ${executionOf}`,
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
      'sqs:SendMessage <WebhooksDue.Arn>',
      'sqs:SendMessage <HousekeepingUnprocessed.Arn>',
    ],
  },
  OperatorOperate: {
    entry: 'operator/operate',
    permissions: [
      ...readAndChangeJob,
      `dynamodb:GetItem ${orders}`,
      `dynamodb:UpdateItem ${orders}`,
      `dynamodb:BatchGetItem ${jobs}`,
      `dynamodb:Query ${jobs}/index/jobs-of-owner`,
      `dynamodb:Query ${jobs}/index/open-jobs`,
      `dynamodb:Query ${orders}/index/orders-by-email`,
      `dynamodb:Query ${orders}/index/orders-by-reference`,
      `states:StartExecution ${machine}`,
      `states:DescribeExecution ${executionOf}`,
      `states:RedriveExecution ${executionOf}`,
      `states:GetExecutionHistory ${executionOf}`,
      ...['WebhooksUndelivered', 'HousekeepingUnprocessed', 'LiveUndelivered'].flatMap((queue) => [
        `sqs:GetQueueAttributes <${queue}.Arn>`,
        `sqs:ReceiveMessage <${queue}.Arn>`,
        `sqs:ChangeMessageVisibility <${queue}.Arn>`,
      ]),
      'sqs:StartMessageMoveTask <WebhooksUndelivered.Arn>',
      'sqs:DeleteMessage <WebhooksUndelivered.Arn>',
      'sqs:GetQueueAttributes <WebhooksDue.Arn>',
      'sqs:SendMessage <WebhooksDue.Arn>',
    ],
    logs: logged,
  },
};

/** Text that occurs in the code of one dependency only, by the dependency. */
const marks: Record<string, string> = {
  DynamoDB: 'DynamoDB_20120810',
  'Step Functions': 'AWSStepFunctions',
  SES: '/v2/email/outbound-emails',
  'Secrets Manager': 'secretsmanager',
  SQS: 'AmazonSQS',
  'CloudWatch Logs': 'Logs_20140328',
  Stripe: 'StripeInvalidRequestError',
  'WebSocket connections': '/@connections/{ConnectionId}',
};

/** The dependencies of the functions that need more than DynamoDB. */
const needed: Record<string, readonly string[]> = {
  ApiAccept: ['DynamoDB', 'Step Functions'],
  ApiAsyncapi: [],
  ApiOpenapi: [],
  ApiUnrouted: [],
  StagesPayment: ['DynamoDB', 'Secrets Manager', 'Stripe'],
  ApiCancel: ['DynamoDB', 'Step Functions'],
  ApiRedrive: ['DynamoDB', 'Step Functions'],
  HousekeepingReconcile: ['DynamoDB', 'Step Functions'],
  HousekeepingBookkeeping: ['DynamoDB', 'Step Functions', 'SQS'],
  SettlementSettle: ['DynamoDB', 'Secrets Manager', 'Stripe'],
  OperatorOperate: ['DynamoDB', 'Step Functions', 'SQS', 'CloudWatch Logs'],
  WebhooksDeliver: ['DynamoDB', 'Secrets Manager', 'SQS'],
  StagesEmail: ['DynamoDB', 'SES'],
  LiveMessages: ['DynamoDB', 'WebSocket connections'],
  LivePush: ['DynamoDB', 'SQS', 'WebSocket connections'],
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** Every `action resource condition` in the policies of a role. */
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

it('every function of the tables is deployed, and nothing else', () => {
  const listed = new Set([...Object.keys(functions), ...stages.map(({ name }) => `stages/${name}`)]);

  expect(Object.keys(functionsOf()).sort()).toEqual(Object.keys(expected).sort());
  expect(
    Object.values(expected)
      .map(({ entry }) => entry)
      .sort(),
  ).toEqual([...listed].sort());
});

describe.each(Object.entries(expected))('%s', (name, { entry, permissions, logs = () => [] }) => {
  const deployed = () => functionsOf()[name] as Resource;

  it('runs on Node.js 24 on Arm, with JSON logs in its own log group', () => {
    expect(deployed().Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: expect.stringContaining(`${name}Log`) } },
    });
  });

  it('has its own role, which only Lambda can assume and which has no other policies', () => {
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

  it('has exactly the permissions that it needs', () => {
    const log = `<${name}Log.Arn>`;

    expect(permissionsOf(roleOf(deployed())).sort()).toEqual(
      [
        `logs:CreateLogStream ${log}`,
        `logs:PutLogEvents ${log}`,
        ...permissions,
        ...logs().map((other) => `logs:FilterLogEvents <${other}Log.Arn>`),
      ].sort(),
    );
  });

  it('gets exactly the variables of its schema', () => {
    const { POWERTOOLS_METRICS_NAMESPACE: namespace, ...variables } =
      deployed().Properties.Environment.Variables;
    const set = Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, textOf(value)]));

    const parsed = z.safeParse<z.ZodMiniType<object>>(variablesSchema(entry), set);
    expect(parsed.error?.issues).toBeUndefined();
    expect(Object.keys(parsed.data ?? {}).sort()).toEqual(Object.keys(set).sort());
    expect(namespace).toBe('Accepted-development');
  });

  it('reads the variables of its own row', () => {
    const source = readFileSync(path.join(import.meta.dirname, `../../lambdas/${entry}.ts`), 'utf8');

    const read = [...source.matchAll(/environmentOf\('([\w/-]+)'\)/g)].map(([, path]) => path);

    expect(read).toEqual(entry === 'api/asyncapi' ? [] : [entry]);
  });

  it('logs the request id with every line', () => {
    const source = readFileSync(path.join(import.meta.dirname, `../../lambdas/${entry}.ts`), 'utf8');

    // Each of these sets the id; see lambdas/runtime/with-request-id.ts.
    expect(source).toMatch(/^export const handler = (?:http|createStage|withRequestId)\(/m);
  });

  it('contains no code that it does not need', () => {
    const bundle = readFileSync(path.join(assetOf(name, 'development'), 'index.js'), 'utf8');

    const found = Object.entries(marks).flatMap(([part, mark]) => (bundle.includes(mark) ? [part] : []));

    expect(found.sort()).toEqual([...(needed[name] ?? ['DynamoDB'])].sort());
  });
});

it('mail is sent from the address that SES is asked to verify', () => {
  const { EmailIdentity } = theOnly('AWS::SES::EmailIdentity').Properties;

  expect(functionNamed('StagesEmail').Environment.Variables.MAIL_SENDER).toBe(EmailIdentity);
});

describe('wildcards', () => {
  /** Each with the reason why it is allowed. */
  const allowed = [
    // Step Functions delivers logs with actions that support no resource types.
    /^logs:(CreateLogDelivery|GetLogDelivery|UpdateLogDelivery|DeleteLogDelivery|ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups) \*$/,
    // Every version of one function.
    /^lambda:InvokeFunction <(?:Stages\w+|SettlementSettle)Function\.Arn>:\*$/,
    // Connection ids are not known in advance; the API and the stage are named.
    /^execute-api:ManageConnections arn:.*:<LiveApi>\/live\/(POST|GET)\/@connections\/\*$/,
    // Executions are named after jobs; the state machine is named.
    /^states:(DescribeExecution|RedriveExecution|GetExecutionHistory) arn:.*:execution:<OrderWorkflowStateMachine\.Name>:\*$/,
    // Lambda lists streams before it reads one, with an action that supports no resource types.
    /^dynamodb:ListStreams \*$/,
    // In SES's sandbox, sending also requires permission on the recipient's identity; the sender is named.
    /^ses:SendEmail arn:.*:identity\/\* \{"StringEquals":\{"ses:FromAddress":"orders@example\.com"\}\}$/,
  ];

  it('occur only where AWS offers nothing narrower', () => {
    const roles = Object.keys(resourcesOf('AWS::IAM::Role'));

    const wild = roles.flatMap(permissionsOf).filter((permission) => permission.includes('*'));

    expect(wild.filter((permission) => !allowed.some((pattern) => pattern.test(permission)))).toEqual([]);
  });

  it('occur in no inline policy of a role', () => {
    const roles = Object.values(resourcesOf('AWS::IAM::Role'));

    expect(roles.flatMap((role) => role.Properties.Policies ?? [])).toEqual([]);
  });
});

it('resource policies let only APIs, rules and the state machine of this stack invoke a function', () => {
  for (const { Properties } of Object.values(resourcesOf('AWS::Lambda::Permission'))) {
    expect(Properties.Action).toBe('lambda:InvokeFunction');
    if (textOf(Properties.Principal) === '<OrderWorkflowStateMachineRole.Arn>') continue;
    const source = textOf(Properties.SourceArn);
    const ofApi = /^arn:.*:<(ApiHttpApi|LiveApi)>\//.test(source);
    const ofRule = /^<Housekeeping\w+\.Arn>$/.test(source);

    expect([source, Properties.Principal]).toEqual([
      source,
      ofApi ? 'apigateway.amazonaws.com' : ofRule ? 'events.amazonaws.com' : undefined,
    ]);
  }
});

it('every log group has a retention', () => {
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
