import { statSync } from 'node:fs';
import type { Resource, ResourceKind } from '../cloudformation/resource-kind.ts';
import { assetPath } from '../cloudformation/template.ts';
import type { Access } from '../iam/access.ts';
import { type Functions, functionArn, type Logging } from './functions.ts';
import { requireSdk } from './lambda-sdk.ts';

/** Lambda's limit on all variables of a function together. */
const maxEnvironmentBytes = 4096;
/** Names that Lambda sets itself. */
const reservedNames =
  /^(_HANDLER|_X_AMZN_TRACE_ID|LAMBDA_(TASK_ROOT|RUNTIME_DIR)|AWS_((DEFAULT_)?REGION|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN|EXECUTION_ENV|LAMBDA_(FUNCTION_(NAME|VERSION|MEMORY_SIZE)|INITIALIZATION_TYPE|LOG_(GROUP|STREAM)_NAME|RUNTIME_API)))$/;

/** AWS::Lambda::Function with Node.js code from a file asset. */
export function lambdaFunction(
  functions: Pick<Functions, 'define'>,
  access: Pick<Access, 'assume'>,
): ResourceKind {
  return {
    type: 'AWS::Lambda::Function',
    honoured: [
      'Code.S3Bucket',
      'Code.S3Key',
      'Environment.Variables',
      'FunctionName',
      'Handler',
      ...['ApplicationLogLevel', 'LogFormat', 'LogGroup', 'SystemLogLevel'].map(
        (name) => `LoggingConfig.${name}`,
      ),
      'MemorySize',
      'PackageType',
      'ReservedConcurrentExecutions',
      'Role',
      'Runtime',
      'SnapStart.ApplyOn',
      'Timeout',
    ],
    harmless: [
      // Bundles of JavaScript run on either.
      'Architectures',
      'CodeSigningConfigArn',
      'Description',
      'EphemeralStorage',
      'KmsKeyArn',
      'RecursiveLoop',
      'RuntimeManagementConfig',
      'Tags',
      'TracingConfig',
    ],

    create(resource) {
      const { properties, logicalId } = resource;
      const { Handler, LoggingConfig, Role, Runtime, SnapStart } = properties;
      const { FunctionName: name = logicalId, ReservedConcurrentExecutions: reserved } = properties;
      const arn = functionArn(name);
      const environment = environmentOf(properties);
      if (!/^nodejs\d+\.x$/.test(Runtime)) {
        throw new Error(`Runtime is ${Runtime}; the local cloud knows nodejs*.x`);
      }
      choice(properties, 'PackageType', ['Zip']);
      // CloudFormation refuses any other value for Node.js.
      choice(SnapStart ?? {}, 'ApplyOn', ['None']);
      if (reserved !== undefined) integer(properties, 'ReservedConcurrentExecutions', 0, 0, 1000);
      access.assume(Role, 'lambda.amazonaws.com');
      const code = codeFolder(resource);
      requireSdk(code, Handler);
      functions.define({
        arn,
        name,
        path: resource.path,
        code,
        handler: Handler,
        environment,
        role: Role,
        memoryMb: integer(properties, 'MemorySize', 128, 128, 10_240),
        timeoutMs: integer(properties, 'Timeout', 3, 1, 900) * 1000,
        logging: loggingOf(name, LoggingConfig),
        ...(reserved !== undefined && { reservedConcurrency: Number(reserved) }),
      });
      return { ref: name, attributes: { Arn: arn } };
    },
  };
}

type Properties = Resource['properties'];

function integer(properties: Properties, name: string, fallback: number, min: number, max: number): number {
  const value = Number(properties[name] ?? fallback);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name} is ${properties[name]}; allowed: ${min} to ${max}`);
}

function choice<T extends string>(properties: Properties, name: string, allowed: readonly T[]): T {
  // The first is CloudFormation's default.
  const value = properties[name] ?? allowed[0];
  if (allowed.includes(value)) return value;
  throw new Error(`${name} is ${value}; the local cloud knows ${allowed.join(', ')}`);
}

function loggingOf(functionName: string, config: Properties = {}): Logging {
  const { LogGroup = `/aws/lambda/${functionName}` } = config;
  choice(config, 'SystemLogLevel', ['INFO']);
  return {
    group: LogGroup,
    format: choice(config, 'LogFormat', ['Text', 'JSON']),
    level: choice(config, 'ApplicationLogLevel', ['INFO', 'TRACE', 'DEBUG', 'WARN', 'ERROR', 'FATAL']),
  };
}

function environmentOf({ Environment }: Properties): Record<string, string> {
  const variables = Object.entries((Environment?.Variables ?? {}) as Record<string, unknown>);
  const reserved = variables.find(([name]) => reservedNames.test(name));
  if (reserved) throw new Error(`Environment has ${reserved[0]}; Lambda sets that variable itself`);
  const environment = Object.fromEntries(variables.map(([name, value]) => [name, String(value)]));
  const bytes = Buffer.byteLength(JSON.stringify(environment));
  if (variables.length > 0 && bytes > maxEnvironmentBytes) {
    throw new Error(`Environment has ${bytes} bytes as JSON; Lambda allows ${maxEnvironmentBytes}`);
  }
  return environment;
}

function codeFolder({ properties: { Code }, assembly }: Resource): string {
  const key = Code?.S3Key;
  if (typeof key !== 'string') {
    const given = Object.keys(Code ?? {}).join(', ') || 'nothing';
    throw new Error(
      `Code gives ${given}; the local cloud runs file assets (Code.S3Key of the cloud assembly)`,
    );
  }
  const folder = assetPath(assembly, key);
  if (!statSync(folder).isDirectory()) {
    throw new Error(`Code is the file ${folder}; the local cloud runs assets that are folders`);
  }
  return folder;
}
