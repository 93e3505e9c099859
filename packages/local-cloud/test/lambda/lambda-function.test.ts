import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { FunctionDefinition } from '../../src/lambda/functions.ts';
import { lambdaFunction } from '../../src/lambda/lambda-function.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const role = 'arn:aws:iam::000000000000:role/Accept';

/** Deploys a function whose code is the asset `abc.zip`, a folder. */
function create(properties: object): FunctionDefinition[] {
  const assembly = temporaryFolder();
  mkdirSync(join(assembly, 'asset.abc'));
  writeFileSync(join(assembly, 'asset.txt'), '');
  const file = (path: string, objectKey: string) => ({
    source: { path },
    destinations: { here: { objectKey } },
  });
  const files = { folder: file('asset.abc', 'abc.zip'), file: file('asset.txt', 'file.zip') };
  writeFileSync(join(assembly, 'Orders.assets.json'), JSON.stringify({ files }));
  const defined: FunctionDefinition[] = [];
  const kind = lambdaFunction({ define: (definition) => defined.push(definition) }, { assume: () => {} });
  void kind.create({
    logicalId: 'Accept',
    path: 'Orders/Accept/Resource',
    type: kind.type,
    assembly,
    properties: {
      Code: { S3Key: 'abc.zip' },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Role: role,
      ...properties,
    },
  });
  return defined;
}

describe('a function of a template', () => {
  it("is defined with AWS's defaults", () => {
    expect(create({})).toEqual([
      {
        arn: 'arn:aws:lambda:us-east-1:000000000000:function:Accept',
        name: 'Accept',
        path: 'Orders/Accept/Resource',
        code: expect.stringMatching(/asset\.abc$/),
        handler: 'index.handler',
        environment: {},
        role,
        memoryMb: 128,
        timeoutMs: 3_000,
      },
    ]);
  });

  it('is defined as it is described', () => {
    const properties = {
      FunctionName: 'accept-orders',
      MemorySize: 512,
      Timeout: 900,
      ReservedConcurrentExecutions: 5,
      Environment: { Variables: { LIMIT: 7 } },
    };

    expect(create(properties)).toMatchObject([
      {
        name: 'accept-orders',
        memoryMb: 512,
        timeoutMs: 900_000,
        reservedConcurrency: 5,
        environment: { LIMIT: '7' },
      },
    ]);
  });

  it.each([
    [
      'another runtime',
      { Runtime: 'python3.13' },
      'Runtime of Accept is python3.13; the local cloud runs nodejs*.x',
    ],
    ['too long a timeout', { Timeout: 901 }, 'Timeout of Accept is 901; allowed: 1 to 900'],
    ['no timeout at all', { Timeout: 0 }, 'Timeout of Accept is 0'],
    ['too little memory', { MemorySize: 64 }, 'MemorySize of Accept is 64; allowed: 128 to 10240'],
    ['inline code', { Code: { ZipFile: 'x' } }, 'Code gives ZipFile; the local cloud runs file assets'],
    [
      'an asset that is one file',
      { Code: { S3Key: 'file.zip' } },
      'the local cloud runs assets that are folders',
    ],
    ['an unknown asset', { Code: { S3Key: 'none.zip' } }, 'an asset with the object key none.zip'],
  ])('is refused with %s', (_, properties, message) => {
    expect(() => create(properties)).toThrow(message);
  });
});
