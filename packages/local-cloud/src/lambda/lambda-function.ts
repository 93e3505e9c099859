import { statSync } from 'node:fs';
import { integer, oneOf, textLike } from '../cloudformation/property.ts';
import type { Resource, ResourceKind } from '../cloudformation/resource-kind.ts';
import { assetPath } from '../cloudformation/template.ts';
import type { Access } from '../iam/access.ts';
import { type Functions, functionArn } from './functions.ts';
import { requireSdk } from './lambda-sdk.ts';

/** Lambda's limit on all variables of a function together. */
const maxEnvironmentBytes = 4096;
/** Names that Lambda sets itself. */
const reservedNames =
  /^(_HANDLER|_X_AMZN_TRACE_ID|LAMBDA_(TASK_ROOT|RUNTIME_DIR)|AWS_((DEFAULT_)?REGION|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN|EXECUTION_ENV|LAMBDA_(FUNCTION_(NAME|VERSION|MEMORY_SIZE)|INITIALIZATION_TYPE|LOG_(GROUP|STREAM)_NAME|RUNTIME_API)))$/;

const logLevels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** AWS::Lambda::Function with Node.js code from a file asset. */
export function lambdaFunction(
  functions: Pick<Functions, 'define'>,
  access: Pick<Access, 'assume'>,
): ResourceKind {
  return {
    type: 'AWS::Lambda::Function',
    honoured: [
      ...['Code.S3Bucket', 'Code.S3Key', 'Environment.Variables', 'FunctionName', 'Handler', 'MemorySize'],
      ...['LoggingConfig.ApplicationLogLevel', 'LoggingConfig.LogFormat', 'LoggingConfig.LogGroup'],
      ...['LoggingConfig.SystemLogLevel', 'PackageType', 'ReservedConcurrentExecutions', 'Role', 'Runtime'],
      ...['SnapStart.ApplyOn', 'Timeout'],
    ],
    harmless: [
      // Bundles of JavaScript run on either architecture.
      ...['Architectures', 'CodeSigningConfigArn', 'Description', 'EphemeralStorage', 'KmsKeyArn'],
      ...['RecursiveLoop', 'RuntimeManagementConfig', 'Tags', 'TracingConfig'],
    ],

    create(resource) {
      const { properties, logicalId, path } = resource;
      const { Handler: handler, LoggingConfig: logging = {}, Role: role, SnapStart } = properties;
      const { FunctionName: name = logicalId, ReservedConcurrentExecutions: reserved } = properties;
      const arn = functionArn(name);
      const environment = environmentOf(properties);
      textLike(properties, 'Runtime', /^nodejs\d+\.x$/, 'nodejs*.x');
      oneOf(properties, 'PackageType', ['Zip'], 'Zip');
      // CloudFormation refuses any other value for Node.js.
      oneOf(SnapStart ?? {}, 'ApplyOn', ['None'], 'None');
      oneOf(logging, 'SystemLogLevel', ['INFO'], 'INFO');
      if (reserved !== undefined) integer(properties, 'ReservedConcurrentExecutions', { min: 0, max: 1000 });
      access.assume(role, 'lambda.amazonaws.com', arn);
      const code = codeFolder(resource);
      requireSdk(code, handler);
      functions.define({
        ...{ arn, name, path, code, handler, environment, role },
        memoryMb: integer(properties, 'MemorySize', { fallback: 128, min: 128, max: 10_240 }),
        timeoutMs: integer(properties, 'Timeout', { fallback: 3, min: 1, max: 900 }) * 1000,
        logging: {
          group: logging.LogGroup ?? `/aws/lambda/${name}`,
          format: oneOf(logging, 'LogFormat', ['Text', 'JSON'], 'Text'),
          level: oneOf(logging, 'ApplicationLogLevel', logLevels, 'INFO'),
        },
        ...(reserved !== undefined && { reservedConcurrency: Number(reserved) }),
      });
      return { ref: name, attributes: { Arn: arn } };
    },
  };
}

function environmentOf({ Environment }: Resource['properties']): Record<string, string> {
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
  const given = Object.keys(Code ?? {}).join(', ') || 'nothing';
  if (typeof key !== 'string')
    throw new Error(`Code gives ${given}; the local cloud runs file assets (Code.S3Key)`);
  const folder = assetPath(assembly, key);
  if (statSync(folder).isDirectory()) return folder;
  throw new Error(`Code is the file ${folder}; the local cloud runs assets that are folders`);
}
