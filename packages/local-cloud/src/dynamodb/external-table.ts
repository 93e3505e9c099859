import { setTimeout } from 'node:timers/promises';
import type { JsonObject } from '../wire/aws-service.ts';
import { checkShape, type DeclaredTable, type TableDescription } from './table-description.ts';

const activeWithinMs = 30_000;
const pollMs = 20;

interface TimeToLive {
  readonly TimeToLiveStatus: string;
  readonly AttributeName?: string;
}

/**
 * Creates a table at an outside endpoint. An existing one is kept; its stream and its time to live are switched on.
 * @param call Sends a call to the endpoint.
 */
export async function declareOutside(
  { input, ttl, recoveryDays }: DeclaredTable,
  call: (operation: string, input: JsonObject) => Promise<JsonObject>,
): Promise<TableDescription> {
  const { TableName, StreamSpecification } = input;
  const describe = async () => {
    const { Table } = await call('DescribeTable', { TableName });
    return Table as TableDescription;
  };
  const active = async () => {
    for (let waited = 0; waited < activeWithinMs; waited += pollMs) {
      const table = await describe();
      if (table.TableStatus === 'ACTIVE') return table;
      await setTimeout(pollMs);
    }
    throw new Error(`table ${TableName} did not become ACTIVE within ${activeWithinMs} ms`);
  };

  const present = await describe().catch((error) => {
    if (error.name !== 'ResourceNotFoundException') throw error;
    return undefined;
  });
  if (present) checkShape(input, present);
  else await call('CreateTable', { ...input });
  if (present && StreamSpecification && !present.StreamSpecification) {
    await call('UpdateTable', { TableName, StreamSpecification });
  }
  const table = await active();
  const { TimeToLiveDescription } = await call('DescribeTimeToLive', { TableName });
  const { AttributeName } = TimeToLiveDescription as TimeToLive;
  if (ttl !== undefined && ttl !== AttributeName) {
    const TimeToLiveSpecification = { Enabled: true, AttributeName: ttl };
    await call('UpdateTimeToLive', { TableName, TimeToLiveSpecification });
  }
  if (recoveryDays !== undefined) {
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    await call('UpdateContinuousBackups', { TableName, PointInTimeRecoverySpecification }).catch((error) => {
      // Some emulators have no backups, and tell so everyone who asks.
      if (error.name !== 'UnknownOperationException') throw error;
    });
  }
  return table;
}
