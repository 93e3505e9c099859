import { statSync } from 'node:fs';
import type { Resource, ResourceKind } from '../cloudformation/resource-kind.ts';
import { assetPath } from '../cloudformation/template.ts';
import type { Access } from '../iam/access.ts';
import { memberOf } from '../wire/member-of.ts';
import { type Functions, functionArn } from './functions.ts';
import { requireSdk } from './lambda-sdk.ts';

type Properties = Resource['properties'];

/** Lambda's limit on all variables of a function together. */
const maxEnvironmentBytes = 4096;
/** Names that Lambda sets itself. */
const reservedNames =
  /^(_HANDLER|_X_AMZN_TRACE_ID|LAMBDA_(TASK_ROOT|RUNTIME_DIR)|AWS_((DEFAULT_)?REGION|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN|EXECUTION_ENV|LAMBDA_(FUNCTION_(NAME|VERSION|MEMORY_SIZE)|INITIALIZATION_TYPE|LOG_(GROUP|STREAM)_NAME|RUNTIME_API)))$/;

/** Properties that are whole numbers: CloudFormation's default, the least, the greatest. */
const numbers = {
  MemorySize: [128, 128, 10_240],
  // Without it there is no limit.
  ReservedConcurrentExecutions: [0, 0, 1000],
  Timeout: [3, 1, 900],
} as const;

/** Properties that are one of a few words: CloudFormation's default first. */
const words = {
  PackageType: ['Zip'],
  // CloudFormation refuses any other value for Node.js.
  'SnapStart.ApplyOn': ['None'],
  'LoggingConfig.LogFormat': ['Text', 'JSON'],
  'LoggingConfig.SystemLogLevel': ['INFO'],
  'LoggingConfig.ApplicationLogLevel': ['INFO', 'TRACE', 'DEBUG', 'WARN', 'ERROR', 'FATAL'],
} as const;

/** AWS::Lambda::Function with Node.js code from a file asset. */
export function lambdaFunction(
  functions: Pick<Functions, 'define'>,
  access: Pick<Access, 'assume'>,
): ResourceKind {
  return {
    type: 'AWS::Lambda::Function',
    honoured: [
      ...[...Object.keys(numbers), ...Object.keys(words), 'Code.S3Bucket', 'Code.S3Key'],
      ...['Environment.Variables', 'FunctionName', 'Handler', 'LoggingConfig.LogGroup', 'Role', 'Runtime'],
    ],
    // Bundles of JavaScript run on any architecture.
    harmless: [
      ...['Architectures', 'CodeSigningConfigArn', 'Description', 'EphemeralStorage', 'KmsKeyArn'],
      ...['RecursiveLoop', 'RuntimeManagementConfig', 'Tags', 'TracingConfig'],
    ],

    create(resource) {
      const { logicalId, path, properties } = resource;
      const { FunctionName: name = logicalId, Handler: handler, Role: role, Runtime } = properties;
      const { LoggingConfig, ReservedConcurrentExecutions: reserved } = properties;
      if (!/^nodejs\d+\.x$/.test(Runtime)) {
        throw new Error(`Runtime is ${Runtime}; the local cloud knows nodejs*.x`);
      }
      for (const word of Object.keys(words)) wordOf(properties, word as keyof typeof words);
      const arn = functionArn(name);
      const environment = environmentOf(properties);
      const reservedConcurrency = numberOf(properties, 'ReservedConcurrentExecutions');
      access.assume(role, 'lambda.amazonaws.com');
      const code = codeFolder(resource);
      requireSdk(code, handler);
      functions.define({
        ...{ arn, name, path, code, handler, environment, role },
        memoryMb: numberOf(properties, 'MemorySize'),
        timeoutMs: numberOf(properties, 'Timeout') * 1000,
        ...(reserved !== undefined && { reservedConcurrency }),
        logging: {
          group: LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`,
          format: wordOf(properties, 'LoggingConfig.LogFormat'),
          level: wordOf(properties, 'LoggingConfig.ApplicationLogLevel'),
        },
      });
      return { ref: name, attributes: { Arn: arn } };
    },
  };
}

function numberOf(properties: Properties, name: keyof typeof numbers): number {
  const [fallback, min, max] = numbers[name];
  const value = Number(properties[name] ?? fallback);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name} is ${properties[name]}; allowed: ${min} to ${max}`);
}

function wordOf<N extends keyof typeof words>(properties: Properties, name: N): (typeof words)[N][number] {
  const value = name.split('.').reduce<unknown>(memberOf, properties) ?? words[name][0];
  const word = words[name].find((allowed) => allowed === value);
  if (word !== undefined) return word;
  throw new Error(`${name} is ${value}; the local cloud knows ${words[name].join(', ')}`);
}

function environmentOf({ Environment }: Properties): Record<string, string> {
  const variables = Object.entries((Environment?.Variables ?? {}) as Record<string, unknown>);
  const reserved = variables.find(([name]) => reservedNames.test(name));
  if (reserved) throw new Error(`Environment has ${reserved[0]}; Lambda sets that variable itself`);
  const environment = Object.fromEntries(variables.map(([name, value]) => [name, String(value)]));
  const bytes = Buffer.byteLength(JSON.stringify(environment));
  if (bytes <= maxEnvironmentBytes) return environment;
  throw new Error(`Environment has ${bytes} bytes as JSON; Lambda allows ${maxEnvironmentBytes}`);
}

function codeFolder({ properties: { Code }, assembly }: Resource): string {
  const key = Code?.S3Key;
  if (typeof key !== 'string') {
    const given = Object.keys(Code ?? {}).join(', ') || 'nothing';
    throw new Error(`Code gives ${given}; the local cloud runs file assets (Code.S3Key)`);
  }
  const folder = assetPath(assembly, key);
  if (statSync(folder).isDirectory()) return folder;
  throw new Error(`Code is the file ${folder}; the local cloud runs assets that are folders`);
}
