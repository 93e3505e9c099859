import { statSync } from 'node:fs';
import type { Resource, ResourceKind } from '../cloudformation/resource-kind.ts';
import { assetPath } from '../cloudformation/template.ts';
import type { Access } from '../iam/access.ts';
import { type Functions, functionArn } from './functions.ts';

const maxTimeoutSeconds = 900;

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
      'MemorySize',
      'PackageType',
      'ReservedConcurrentExecutions',
      'Role',
      'Runtime',
      'Timeout',
    ],
    harmless: [
      'Architectures',
      'CodeSigningConfigArn',
      'Description',
      'EphemeralStorage',
      'KmsKeyArn',
      'LoggingConfig',
      'RecursiveLoop',
      'RuntimeManagementConfig',
      'SnapStart',
      'Tags',
      'TracingConfig',
    ],

    create(resource) {
      const { properties, logicalId } = resource;
      const name = properties.FunctionName ?? logicalId;
      const arn = functionArn(name);
      const reserved = properties.ReservedConcurrentExecutions;
      const timeoutSeconds = Number(properties.Timeout ?? 3);
      if (!(timeoutSeconds >= 1 && timeoutSeconds <= maxTimeoutSeconds)) {
        throw new Error(
          `Timeout of ${name} is ${properties.Timeout}; allowed: 1 to ${maxTimeoutSeconds} seconds`,
        );
      }
      if (!/^nodejs\d+\.x$/.test(properties.Runtime)) {
        throw new Error(`Runtime of ${name} is ${properties.Runtime}; the local cloud runs nodejs*.x`);
      }
      access.assume(properties.Role, 'lambda.amazonaws.com', arn);
      functions.define({
        arn,
        name,
        path: resource.path,
        code: codeFolder(resource),
        handler: properties.Handler,
        environment: stringValues(properties.Environment?.Variables),
        role: properties.Role,
        memoryMb: Number(properties.MemorySize ?? 128),
        timeoutMs: timeoutSeconds * 1000,
        ...(reserved !== undefined && { reservedConcurrency: Number(reserved) }),
      });
      return { ref: name, attributes: { Arn: arn } };
    },
  };
}

function codeFolder({ properties, assembly }: Resource): string {
  const key = properties.Code?.S3Key;
  if (typeof key !== 'string') {
    const given = Object.keys(properties.Code ?? {}).join(', ') || 'nothing';
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

function stringValues(variables: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
}
