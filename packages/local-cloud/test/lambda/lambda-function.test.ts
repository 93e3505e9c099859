import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ignoredProperties } from '../../src/cloudformation/unsupported.ts';
import type { FunctionDefinition } from '../../src/lambda/functions.ts';
import { lambdaFunction } from '../../src/lambda/lambda-function.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('AWS::Lambda::Function', () => {
  let assembly: string;
  let defined: FunctionDefinition[];
  beforeEach(() => {
    assembly = temporaryFolder();
    defined = [];
  });

  /** Deploys a function with this bundle. */
  function deploy(properties: object = {}, bundle = 'exports.handler = () => 1;'): FunctionDefinition {
    const files = { x: { source: { path: 'asset' }, destinations: { y: { objectKey: 'key.zip' } } } };
    writeFileSync(join(assembly, 'stack.assets.json'), JSON.stringify({ files }));
    mkdirSync(join(assembly, 'asset'), { recursive: true });
    writeFileSync(join(assembly, 'asset', 'index.js'), bundle);
    const kind = lambdaFunction({ define: (each) => defined.push(each) }, { assume: () => {} });
    void kind.create({
      logicalId: 'Pay',
      type: kind.type,
      path: 'Stack/Pay',
      assembly,
      properties: {
        Code: { S3Bucket: 'assets', S3Key: 'key.zip' },
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/Pay',
        Runtime: 'nodejs24.x',
        ...properties,
      },
    });
    return defined.at(-1) as FunctionDefinition;
  }

  it("has CloudFormation's defaults", () => {
    expect(deploy()).toMatchObject({
      name: 'Pay',
      memoryMb: 128,
      timeoutMs: 3_000,
      environment: {},
      logging: { group: '/aws/lambda/Pay', format: 'Text', level: 'INFO' },
    });
  });

  it('logs as the template says', () => {
    const LoggingConfig = { LogFormat: 'JSON', LogGroup: 'pay-log', ApplicationLogLevel: 'WARN' };

    expect(deploy({ LoggingConfig }).logging).toEqual({ group: 'pay-log', format: 'JSON', level: 'WARN' });
  });

  it.each([
    ['Timeout', 901, 'Timeout is 901; allowed: 1 to 900'],
    ['Timeout', 0, 'Timeout is 0; allowed: 1 to 900'],
    ['Timeout', 1.5, 'Timeout is 1.5; allowed: 1 to 900'],
    ['MemorySize', 64, 'MemorySize is 64; allowed: 128 to 10240'],
    ['MemorySize', 10_241, 'MemorySize is 10241; allowed: 128 to 10240'],
    ['ReservedConcurrentExecutions', -1, 'ReservedConcurrentExecutions is -1; allowed: 0 to 1000'],
    ['Runtime', 'python3.13', 'Runtime is "python3.13"; allowed: nodejs*.x'],
    ['PackageType', 'Image', 'PackageType is "Image"; allowed: Zip'],
    ['SnapStart', { ApplyOn: 'PublishedVersions' }, 'ApplyOn is "PublishedVersions"; allowed: None'],
    [
      'Environment',
      { Variables: { AWS_REGION: 'x' } },
      'Environment has AWS_REGION; Lambda sets that variable itself',
    ],
    [
      'Environment',
      { Variables: { A: 'x'.repeat(4096) } },
      'Environment has 4104 bytes as JSON; Lambda allows 4096',
    ],
    ['LoggingConfig', { LogFormat: 'XML' }, 'LogFormat is "XML"'],
    ['LoggingConfig', { LogFormat: 'JSON', ApplicationLogLevel: 'LOUD' }, 'ApplicationLogLevel is "LOUD"'],
    ['LoggingConfig', { LogFormat: 'JSON', SystemLogLevel: 'DEBUG' }, 'SystemLogLevel is "DEBUG"'],
    ['Code', { ZipFile: 'exports.handler = 1' }, 'Code gives ZipFile; the local cloud runs file assets'],
  ])('refuses %s %j', (name, value, message) => {
    expect(() => deploy({ [name]: value })).toThrow(message);
    expect(defined).toEqual([]);
  });

  it('takes a bundle that leaves the AWS SDK to the runtime, if the SDK is installed here', () => {
    expect(deploy({}, `const { SQSClient } = require("@aws-sdk/client-sqs");`)).toBeDefined();
    expect(() => deploy({}, `const { S3Client } = require("@aws-sdk/client-nowhere");`)).toThrow(
      "the bundle leaves @aws-sdk/client-nowhere to Lambda's runtime; install it in the app (npm install --save-dev @aws-sdk/client-nowhere), or bundle it",
    );
    expect(deploy({}, `// require("@aws-sdk/client-nowhere")`)).toBeDefined();
  });

  it('would ignore what changes where a function runs and what becomes of its events', () => {
    const kind = lambdaFunction({ define: () => {} }, { assume: () => {} });
    const asked = {
      Layers: [1],
      VpcConfig: {},
      FileSystemConfigs: [1],
      DeadLetterConfig: {},
      ImageConfig: {},
    };

    expect(ignoredProperties(asked, kind)).toEqual(Object.keys(asked));
  });
});
