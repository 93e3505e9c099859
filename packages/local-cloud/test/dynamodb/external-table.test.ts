import { describe, expect, it } from '@jest/globals';
import { declareOutside } from '../../src/dynamodb/external-table.ts';
import { AwsError } from '../../src/wire/aws-error.ts';

const input = {
  TableName: 'Jobs',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
};

/** An endpoint with at most one table, which has no backups. */
function endpoint(present?: object) {
  const calls: string[] = [];
  let table: object | undefined = present;
  const call = async (operation: string, asked: object) => {
    calls.push(operation);
    if (operation === 'UpdateContinuousBackups') throw new AwsError('UnknownOperationException', 'unknown');
    if (operation === 'CreateTable' || operation === 'UpdateTable') table = { ...table, ...asked };
    if (operation === 'DescribeTimeToLive')
      return { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } };
    if (!table) throw new AwsError('ResourceNotFoundException', 'no such table');
    return { Table: { TableStatus: 'ACTIVE', ...table } };
  };
  return { calls, call };
}

describe('a table at an outside endpoint', () => {
  it('is created with all it needs', async () => {
    const { calls, call } = endpoint();

    const table = await declareOutside({ input, ttl: 'expiresAt', recoveryDays: 35 }, call);

    expect(table).toMatchObject(input);
    const changes = calls.filter((operation) => !operation.startsWith('Describe'));
    expect(changes).toEqual(['CreateTable', 'UpdateTimeToLive', 'UpdateContinuousBackups']);
  });

  it('gets a stream when it exists without one', async () => {
    const { StreamSpecification, ...present } = input;
    const { calls, call } = endpoint(present);

    await declareOutside({ input }, call);

    expect(calls.filter((operation) => !operation.startsWith('Describe'))).toEqual(['UpdateTable']);
  });

  it('is refused when it exists with other keys', async () => {
    const { call } = endpoint({ ...input, KeySchema: [{ AttributeName: 'other', KeyType: 'HASH' }] });

    await expect(declareOutside({ input }, call)).rejects.toThrow(
      'table Jobs exists with other keys or indexes (key other undefined, not key id S); delete it or the data folder',
    );
  });
});
