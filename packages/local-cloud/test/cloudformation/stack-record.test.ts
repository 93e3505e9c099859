import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Deployment, deploy } from '../../src/cloud/deploy.ts';
import type { RawTemplate } from '../../src/cloudformation/template-plan.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

type Resources = NonNullable<RawTemplate['Resources']>;

let data: string;
let assembly: string;
let running: Deployment | undefined;
beforeEach(() => {
  data = temporaryFolder();
  assembly = '';
});
afterEach(() => running?.cloud.stop());

/** Deploys a stack, of which the handler of every function is this code, in place of the one that ran before. */
async function update(Resources: Resources, handler = '', { folder = data, stack = 'Orders' } = {}) {
  await running?.cloud.stop();
  running = undefined;
  // It is there only while it runs.
  if (assembly) rmSync(join(assembly, 'asset'), { recursive: true });
  assembly = temporaryFolder();
  const write = (file: string, content: object) =>
    writeFileSync(join(assembly, file), JSON.stringify(content));
  const properties = { templateFile: 'stack.template.json', stackName: stack };
  write('manifest.json', { artifacts: { [stack]: { type: 'aws:cloudformation:stack', properties } } });
  write('stack.template.json', { Resources });
  const source = { path: 'asset' };
  const objectKey = keyOf(handler);
  write('stack.assets.json', { files: { code: { source, destinations: { here: { objectKey } } } } });
  mkdirSync(join(assembly, 'asset'));
  writeFileSync(join(assembly, 'asset/index.js'), `exports.handler = async () => { ${handler} };`);
  const options = { port: 0, awsPort: 0, timeScale: 0.01, seed: 1, ...(folder && { data: folder }) };
  running = await deploy({ assembly, options, log: () => {} });
  const { awsUrl: endpoint } = running.cloud;
  return { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'operator', secretAccessKey: 'any' } };
}

/** As the CDK names assets: by their content. */
const keyOf = (handler: string) => `${Buffer.from(handler).toString('hex')}.zip`;

const role = (service: string, Policies: readonly object[] = []) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
    },
    Policies,
  },
});

const retained = <Resource extends object>(resource: Resource) => ({ ...resource, DeletionPolicy: 'Retain' });

/** A function that the role of the machine may call because the function itself says so. */
const functionOf = (handler: string) => ({
  PayRole: retained(role('lambda.amazonaws.com')),
  PayPolicy: retained({
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: 'pay',
      Roles: [{ Ref: 'PayRole' }],
      PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:GetCallerIdentity', Resource: '*' }] },
    },
  }),
  Pay: retained({
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: 'assets', S3Key: keyOf(handler) },
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': ['PayRole', 'Arn'] },
      Runtime: 'nodejs24.x',
      Environment: { Variables: { GREETING: 'paid' } },
    },
  }),
  PayPermission: retained({
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: { 'Fn::GetAtt': ['Pay', 'Arn'] },
      Principal: { 'Fn::GetAtt': ['MachineRole', 'Arn'] },
    },
  }),
});

/** A machine whose own role may call nothing. */
const machine: Resources = {
  MachineRole: role('states.amazonaws.com'),
  Machine: {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      RoleArn: { 'Fn::GetAtt': ['MachineRole', 'Arn'] },
      DefinitionString: JSON.stringify({
        StartAt: 'Pay',
        States: {
          Pay: {
            Type: 'Task',
            Resource: 'arn:aws:states:::lambda:invoke',
            Parameters: { FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:Pay' },
            OutputPath: '$.Payload',
            End: true,
          },
        },
      }),
    },
  },
};

const table = (DeletionPolicy: string, more = {}) => ({
  Type: 'AWS::DynamoDB::Table',
  DeletionPolicy,
  Properties: {
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
    ...more,
  },
});

const greets = 'return process.env.GREETING;';

async function outcomeOf(client: object) {
  const states = new SFNClient(client);
  const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:Machine';
  const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn }));
  return await until(async () => {
    const { status, output, cause } = await states.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' ? undefined : (output ?? cause);
  });
}

describe('a resource that leaves the template and is retained', () => {
  it('works as it did, restart after restart: a function with its code, variables, role and permissions', async () => {
    expect(await outcomeOf(await update({ ...machine, ...functionOf(greets) }, greets))).toBe('"paid"');

    await update(machine, 'return "newer";');
    const client = await update(machine, 'return "newest";');

    expect(await outcomeOf(client)).toBe('"paid"');
  });

  it('gives way to one of the same logical id that is added again', async () => {
    const newer = 'return "newer";';
    await update({ ...machine, ...functionOf(greets) }, greets);
    await update(machine);

    const client = await update({ ...machine, ...functionOf(newer) }, newer);

    expect(await outcomeOf(client)).toBe('"newer"');
    expect(readdirSync(join(data, 'assets'))).toEqual([keyOf(newer)]);
  });

  it('ends with the process where there is no data folder', async () => {
    await update({ ...machine, ...functionOf(greets) }, greets, { folder: '' });

    const client = await update(machine, greets, { folder: '' });

    expect(await outcomeOf(client)).toContain('not authorized to perform: lambda:InvokeFunction');
  });

  it('keeps the items of a table', async () => {
    const item = { TableName: 'Kept', Item: { id: { S: 'one' } } };
    await new DynamoDBClient(await update({ Kept: table('RetainExceptOnCreate') })).send(
      new PutItemCommand(item),
    );
    await update({});

    const client = new DynamoDBClient(await update({}));

    const { Item } = await client.send(new GetItemCommand({ TableName: 'Kept', Key: item.Item }));
    expect(Item).toEqual(item.Item);
  });
});

describe('a table that leaves the template and is not retained', () => {
  const tablesOf = async (client: object) =>
    (await new DynamoDBClient(client).send(new ListTablesCommand())).TableNames;

  it('is deleted with its items, unless it is protected', async () => {
    const Protected = table('Delete', { DeletionProtectionEnabled: true });
    const item = { TableName: 'Gone', Item: { id: { S: 'one' } } };
    const before = await update({ Gone: table('Delete'), Protected, Stays: table('Delete') });
    await new DynamoDBClient(before).send(new PutItemCommand(item));

    expect(await tablesOf(await update({ Stays: table('Delete') }))).toEqual(['Protected', 'Stays']);

    const client = new DynamoDBClient(await update({ Gone: table('Delete'), Stays: table('Delete') }));
    const { Item } = await client.send(new GetItemCommand({ TableName: 'Gone', Key: item.Item }));
    expect(Item).toBeUndefined();
  });

  it('stays if it is there under another logical id', async () => {
    await update({ Old: table('Delete', { TableName: 'entries' }) });

    expect(await tablesOf(await update({ New: table('Delete', { TableName: 'entries' }) }))).toEqual([
      'entries',
    ]);
  });

  it('stays when the template that lacks it cannot be deployed', async () => {
    await update({ Kept: table('Delete') });

    await expect(update({ Bad: table('Delete', { KeySchema: [] }) })).rejects.toThrow('Bad: ');

    expect(await tablesOf(await update({ Kept: table('Delete') }))).toEqual(['Kept']);
  });
});

it('a data folder of another stack is refused', async () => {
  await update({ Kept: table('Delete') });

  await expect(update({}, '', { stack: 'Shop' })).rejects.toThrow(
    `${join(data, 'stack.json')} is of the stack Orders, not of Shop; choose another folder`,
  );
});
