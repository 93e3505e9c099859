import { statSync } from 'node:fs';
import { assetPath } from '../cloudformation/template.ts';
import type { Resource, ResourceKind } from '../wire/cloud.ts';
import { functionArn } from './functions.ts';

/** AWS::Lambda::Function with Node.js code from a file asset. */
export const lambdaFunction: ResourceKind = {
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

  create(resource, cloud) {
    const { properties, logicalId } = resource;
    const name = properties.FunctionName ?? logicalId;
    const arn = functionArn(name);
    const reserved = properties.ReservedConcurrentExecutions;
    if (!/^nodejs\d+\.x$/.test(properties.Runtime)) {
      throw new Error(`Runtime of ${name} is ${properties.Runtime}; the local cloud runs nodejs*.x`);
    }
    cloud.access.assume(properties.Role, 'lambda.amazonaws.com');
    cloud.functions.define({
      arn,
      name,
      path: resource.path,
      code: codeFolder(resource),
      handler: properties.Handler,
      environment: stringValues(properties.Environment?.Variables),
      role: properties.Role,
      memoryMb: Number(properties.MemorySize ?? 128),
      timeoutMs: Number(properties.Timeout ?? 3) * 1000,
      ...(reserved !== undefined && { reservedConcurrency: Number(reserved) }),
    });
    return { ref: name, attributes: { Arn: arn } };
  },
};

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
