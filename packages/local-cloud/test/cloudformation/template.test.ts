import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { localizeUrls } from '../../src/cloudformation/deployed-urls.ts';
import type { Created } from '../../src/cloudformation/resource-kind.ts';
import { assetPath, loadTemplate } from '../../src/cloudformation/template.ts';
import { planTemplate, type RawTemplate } from '../../src/cloudformation/template-plan.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const tableArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/jobs';
const table: Created = { ref: 'jobs', attributes: { Arn: tableArn } };
const created = new Map([['Table', table]]);

/** What a property resolves to in a template that also has a table, a mapping and a condition. */
function resolved(value: unknown): unknown {
  const template = planTemplate(
    {
      Parameters: {
        Version: { Type: 'String', Default: '7' },
        Bootstrap: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/version' },
        Zones: { Type: 'CommaDelimitedList', Default: 'a,b' },
        Secret: { Type: 'String' },
        Size: { Type: 'Number', Default: '5' },
        Wrong: { Type: 'Number', Default: 'five' },
        Other: { Type: 'String', Default: 'c', AllowedValues: ['a', 'b'] },
        Formed: { Type: 'String', Default: 'C', AllowedPattern: '[a-z]+' },
        Image: { Type: 'AWS::EC2::Image::Id', Default: 'ami-1' },
        Trimmed: { Type: 'CommaDelimitedList', Default: 'a, b' },
      },
      Mappings: { Sizes: { 'us-east-1': { small: 128 } } },
      Conditions: {
        Here: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
        Elsewhere: { 'Fn::Not': [{ Condition: 'Here' }] },
        Both: { 'Fn::And': [{ Condition: 'Here' }, { Condition: 'Elsewhere' }] },
        Five: { 'Fn::Equals': [{ Ref: 'Size' }, 5] },
        Either: { 'Fn::Or': [{ Condition: 'Here' }, { Condition: 'Elsewhere' }] },
      },
      Resources: {
        Table: { Type: 'Test::Table' },
        Gone: { Type: 'Test::Table', Condition: 'Elsewhere' },
        Subject: { Type: 'Test::Subject', Properties: { value } },
      },
    },
    '/assembly',
    'Orders',
  );
  const { value: result } = template.properties('Subject', created);
  return result;
}

/** Logical ids in the order of creation. */
function orderOf(resources: Record<string, object>): string[] {
  const typed = Object.entries(resources).map(([id, resource]) => [id, { Type: 'Test::Type', ...resource }]);
  return planTemplate({ Resources: Object.fromEntries(typed) }, '/assembly', 'Orders').resources.map(
    ({ logicalId }) => logicalId,
  );
}

describe('intrinsic functions', () => {
  it.each([
    ['Ref of a resource', { Ref: 'Table' }, 'jobs'],
    ['Ref of a parameter', { Ref: 'Version' }, '7'],
    ['Ref of a list parameter', { Ref: 'Zones' }, ['a', 'b']],
    ['Ref of a pseudo parameter', { Ref: 'AWS::Partition' }, 'aws'],
    ['Ref of a list parameter with spaces', { Ref: 'Trimmed' }, ['a', 'b']],
    ['Ref of an empty list', { Ref: 'AWS::NotificationARNs' }, []],
    ['Fn::Equals of a number and its text', { 'Fn::If': ['Five', 'yes', 'no'] }, 'yes'],
    ['Fn::GetAtt with a Ref', { 'Fn::GetAtt': ['Table', { 'Fn::Sub': 'Arn' }] }, tableArn],
    ['Fn::GetAtt', { 'Fn::GetAtt': ['Table', 'Arn'] }, tableArn],
    ['Fn::GetAtt in its short form', { 'Fn::GetAtt': 'Table.Arn' }, tableArn],
    ['Fn::Join', { 'Fn::Join': ['/', ['a', { Ref: 'Table' }]] }, 'a/jobs'],
    [
      'Fn::Select of Fn::Split',
      { 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Table', 'Arn'] }] }] },
      'table/jobs',
    ],
    [
      'Fn::Sub',
      { 'Fn::Sub': `\${Table} in \${AWS::Region}, \${Table.Arn}` },
      `jobs in us-east-1, ${tableArn}`,
    ],
    [
      'Fn::Sub with variables',
      { 'Fn::Sub': [`\${name} \${!kept}`, { name: { Ref: 'Table' } }] },
      `jobs \${kept}`,
    ],
    ['Fn::If that holds', { 'Fn::If': ['Here', 'yes', 'no'] }, 'yes'],
    ['Fn::If that does not', { 'Fn::If': ['Both', 'yes', 'no'] }, 'no'],
    ['Fn::If with Fn::Or', { 'Fn::If': ['Either', 'yes', 'no'] }, 'yes'],
    ['Fn::FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'small'] }, 128],
    ['AWS::NoValue', { a: 1, b: { Ref: 'AWS::NoValue' }, c: [{ Ref: 'AWS::NoValue' }, 2] }, { a: 1, c: [2] }],
  ])('resolves %s', (_, value, expected) => {
    expect(resolved(value)).toEqual(expected);
  });

  it.each([
    ['an unknown function', { 'Fn::Cidr': ['10.0.0.0/8'] }, /Subject: Fn::Cidr is not known; allowed: Ref/],
    ['Fn::GetAZs', { 'Fn::GetAZs': '' }, /Fn::GetAZs is not known/],
    ['Fn::ImportValue', { 'Fn::ImportValue': 'x' }, /Fn::ImportValue is not known/],
    ['Fn::Transform', { 'Fn::Transform': { Name: 'AWS::Include' } }, /Fn::Transform is not known/],
    ['Fn::ToJsonString', { 'Fn::ToJsonString': {} }, /Fn::ToJsonString is not known/],
    ['Fn::Base64', { 'Fn::Base64': 'x' }, /Fn::Base64 is not known/],
    ['Fn::Length', { 'Fn::Length': [] }, /Fn::Length is not known/],
    ['a function beside other members', { Ref: 'Table', x: 1 }, /Ref must be the only member/],
    ['null', { a: null }, /a is null, which CloudFormation does not take/],
    ['Fn::Join of an object', { 'Fn::Join': ['', [{ a: 1 }]] }, /Fn::Join needs a text, but got {"a":1}/],
    ['Fn::Join of no list', { 'Fn::Join': ['', 'a'] }, /Fn::Join needs a list, but got "a"/],
    ['Fn::Join without a list', { 'Fn::Join': [''] }, /Fn::Join needs a list of 2/],
    ['Fn::Split without delimiter', { 'Fn::Split': ['', 'a'] }, /Fn::Split needs a delimiter/],
    ['Fn::Sub of no value', { 'Fn::Sub': `\${AWS::NoValue}` }, /Fn::Sub needs a text, but got AWS::NoValue/],
    ['Fn::Sub of a list', { 'Fn::Sub': `\${Zones}` }, /Fn::Sub needs a text, but got \["a","b"\]/],
    ['an index that is none', { 'Fn::Select': ['x', ['a']] }, /Fn::Select has the index x; allowed: 0, 1/],
    ['a negative index', { 'Fn::Select': [-1, ['a']] }, /Fn::Select has the index -1/],
    [
      'a default of Fn::FindInMap',
      { 'Fn::FindInMap': ['Sizes', 'x', 'y', {}] },
      /Fn::FindInMap needs a list of 3/,
    ],
    ['an unknown mapping', { 'Fn::FindInMap': ['Sizes', 'x', 'y'] }, /there is no mapping Sizes.x.y/],
    ['an unknown condition', { 'Fn::If': ['Nowhere', 1, 2] }, /has no condition Nowhere/],
    ['Fn::If without otherwise', { 'Fn::If': ['Here', 1] }, /Fn::If needs a list of 3/],
    ['a resource that is left out', { Ref: 'Gone' }, /the condition of resource Gone leaves it out/],
    ['a number that is none', { Ref: 'Wrong' }, /parameter Wrong has the default five, which/],
    ['a value that is not allowed', { Ref: 'Other' }, /parameter Other has the default c, which/],
    ['a value of another form', { Ref: 'Formed' }, /parameter Formed has the default C, which/],
    [
      'a type of parameter',
      { Ref: 'Image' },
      /parameter Image has the type AWS::EC2::Image::Id; the local cloud knows/,
    ],
    ['an unknown name', { Ref: 'Nothing' }, /there is no resource or parameter Nothing/],
    ['an unknown attribute', { 'Fn::GetAtt': ['Table', 'Name'] }, /gives no attribute Name; it gives: Arn/],
    ['a parameter without default', { Ref: 'Secret' }, /parameter Secret has no default value/],
    ['a parameter of Parameter Store', { Ref: 'Bootstrap' }, /Bootstrap is read from SSM Parameter Store/],
    ['a dynamic reference', '{{resolve:ssm:key}}', /needs an AWS account/],
    ['a list that is too short', { 'Fn::Select': [1, ['one']] }, /asks for item 1 of a list of 1/],
  ])('refuses %s', (_, value, expected) => {
    expect(() => resolved(value)).toThrow(expected);
  });
});

describe('a template', () => {
  const resource = { Type: 'T' };

  it.each([
    ['a transform', { Transform: 'AWS::LanguageExtensions' }, 'The template has Transform'],
    ['a rule', { Rules: { Mine: {} } }, 'Rules has Mine'],
    ['a hook', { Hooks: {} }, 'The template has Hooks'],
    [
      'a creation policy',
      { Resources: { A: { ...resource, CreationPolicy: {} } } },
      'A has CreationPolicy, which the local cloud does not know; allowed: Type, Properties',
    ],
    ['an update policy', { Resources: { A: { ...resource, UpdatePolicy: {} } } }, 'A has UpdatePolicy'],
    [
      'a dependency on nothing',
      { Resources: { A: { ...resource, DependsOn: ['B'] } } },
      'A: DependsOn is B; there is no such resource',
    ],
    [
      'conditions in a circle',
      { Conditions: { A: { 'Fn::Not': [{ Condition: 'B' }] }, B: { Condition: 'A' } } },
      'Conditions refer to each other in a circle: A → B → A',
    ],
    [
      'Fn::And of one',
      { Conditions: { A: { 'Fn::And': [{ 'Fn::Equals': [1, 1] }] } } },
      'needs a list of 2 to 10',
    ],
    [
      'an unknown condition function',
      { Conditions: { A: { 'Fn::Contains': [] } } },
      'Fn::Contains is not known',
    ],
    ['a condition on a resource', { Conditions: { A: { 'Fn::Equals': [{ Ref: 'X' }, 1] } } }, 'parameter X'],
  ])('with %s is refused', (_, template, message) => {
    expect(() => planTemplate(template as RawTemplate, '/assembly', 'Orders')).toThrow(message);
  });

  it('with an output that is no text is refused', () => {
    const template = planTemplate({ Outputs: { Many: { Value: ['a', 'b'] } } }, '/assembly', 'Orders');

    expect(() => template.outputs(new Map())).toThrow('Output Many: Value needs a text, but got ["a","b"]');
  });
});

describe('dependency order', () => {
  it('follows references and DependsOn', () => {
    const order = orderOf({
      Function: { Properties: { Role: { 'Fn::GetAtt': ['Role', 'Arn'] } }, DependsOn: ['Policy'] },
      Policy: { Properties: { Roles: [{ Ref: 'Role' }], Name: { 'Fn::Sub': `\${Table}-policy` } } },
      Role: {},
      Table: {},
    });

    expect(order).toEqual(['Role', 'Table', 'Policy', 'Function']);
  });

  it('refuses a circle', () => {
    const circle = { A: { Properties: { other: { Ref: 'B' } } }, B: { DependsOn: 'A' } };

    expect(() => orderOf(circle)).toThrow('Resources depend on each other in a circle: A → B → A');
  });

  it('leaves out resources and outputs whose condition is false', () => {
    const template = planTemplate(
      {
        Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
        Resources: { Kept: { Type: 'T', DependsOn: 'Gone' }, Gone: { Type: 'T', Condition: 'Never' } },
        Outputs: { Gone: { Value: 'x', Condition: 'Never' }, Kept: { Value: 'y' } },
      },
      '/assembly',
      'Orders',
    );

    expect(template.resources.map(({ logicalId }) => logicalId)).toEqual(['Kept']);
    expect(template.outputs(new Map())).toEqual({ Kept: 'y' });
  });
});

describe('a cloud assembly', () => {
  function assembly(files: Record<string, object>): string {
    const folder = temporaryFolder();
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), JSON.stringify(content));
    }
    return folder;
  }
  const stack = (name: string) => ({
    type: 'aws:cloudformation:stack',
    properties: { templateFile: `${name}.template.json` },
  });

  it('gives its stack and the folder of an asset', () => {
    const folder = assembly({
      'manifest.json': { artifacts: { Orders: stack('Orders'), Tree: { type: 'cdk:tree' } } },
      'Orders.template.json': { Resources: { Table: { Type: 'AWS::DynamoDB::Table' } } },
      'Orders.assets.json': {
        files: { abc: { source: { path: 'asset.abc' }, destinations: { here: { objectKey: 'abc.zip' } } } },
      },
    });

    expect(loadTemplate(folder)).toMatchObject({ stackName: 'Orders', resources: [{ logicalId: 'Table' }] });
    expect(assetPath(folder, 'abc.zip')).toBe(join(folder, 'asset.abc'));
    expect(() => assetPath(folder, 'xyz.zip')).toThrow(/object key xyz.zip/);
  });

  it('gives the construct path of a resource, also when the template has no metadata', () => {
    const folder = assembly({
      'manifest.json': {
        artifacts: { Orders: { ...stack('Orders'), additionalMetadataFile: 'Orders.metadata.json' } },
      },
      'Orders.template.json': { Resources: { Jobs1A2B: { Type: 'T' } } },
      'Orders.metadata.json': {
        '/Orders/Jobs/Resource': [{ type: 'aws:cdk:logicalId', data: 'Jobs1A2B' }],
      },
    });

    expect(loadTemplate(folder).resources).toMatchObject([{ path: 'Orders/Jobs/Resource' }]);
  });

  it('is that of the stack that is named, where there are several', () => {
    const named = { ...stack('B'), properties: { templateFile: 'B.template.json', stackName: 'orders-b' } };
    const folder = assembly({
      'manifest.json': { artifacts: { A: stack('A'), B: named } },
      'B.template.json': {},
    });

    expect(loadTemplate(folder, 'B').stackName).toBe('orders-b');
    expect(loadTemplate(folder, 'orders-b').stackName).toBe('orders-b');
    expect(() => loadTemplate(folder)).toThrow(
      'The app has the stacks A, orders-b: choose one with --stack NAME',
    );
    expect(() => loadTemplate(folder, 'C')).toThrow('There is no stack C; the app has: A, orders-b');
  });

  it.each([
    ['a folder that is no assembly', {}, 'is not a cloud assembly: it has no manifest.json'],
    ['an app without stacks', { 'manifest.json': {} }, 'The app has no stack'],
    [
      'an app that has stages only',
      {
        'manifest.json': {
          artifacts: {
            'assembly-Prod': {
              type: 'cdk:cloud-assembly',
              properties: { directoryName: 'assembly-Prod' },
            },
          },
        },
      },
      'The app has stages only (assembly-Prod): synthesize it with cdk synth, then give one of them with --app cdk.out/assembly-Prod',
    ],
    [
      'a stack of another region',
      { 'manifest.json': { artifacts: { A: { ...stack('A'), environment: 'aws://1234/eu-west-1' } } } },
      'The stack A is for aws://1234/eu-west-1; the local cloud is 000000000000/us-east-1',
    ],
  ])('refuses %s', (_, files, message) => {
    expect(() => loadTemplate(assembly(files))).toThrow(message);
  });

  it('takes a stack without an environment, or of the one that is here', () => {
    for (const environment of ['aws://unknown-account/unknown-region', 'aws://000000000000/us-east-1']) {
      const artifacts = { A: { ...stack('A'), environment } };
      const folder = assembly({ 'manifest.json': { artifacts }, 'A.template.json': {} });

      expect(loadTemplate(folder).stackName).toBe('A');
    }
  });
});

describe('addresses of deployed APIs', () => {
  it('become this machine’s, wherever they occur', () => {
    const apis = [
      { id: 'orders', protocol: 'HTTP' },
      { id: 'live', protocol: 'WEBSOCKET' },
    ] as const;
    const addresses = { publicUrl: 'http://127.0.0.1:3000', awsUrl: 'http://127.0.0.1:4566' };
    const host = (id: string) => `${id}.execute-api.us-east-1.amazonaws.com`;

    const result = localizeUrls(
      {
        http: [`https://${host('orders')}/api/orders`],
        socket: `wss://${host('live')}/live`,
        management: `https://${host('live')}/live`,
        other: `https://${host('another')}/api`,
        issuer: 'https://cognito-idp.us-east-1.amazonaws.com/pool',
      },
      apis,
      addresses,
    );

    expect(result).toEqual({
      http: ['http://127.0.0.1:3000/api/orders'],
      socket: 'ws://127.0.0.1:3000/live',
      management: 'http://127.0.0.1:4566/live',
      other: `https://${host('another')}/api`,
      issuer: 'https://cognito-idp.us-east-1.amazonaws.com/pool',
    });
  });
});
