import { setTimeout } from 'node:timers/promises';
import type { JsonObject } from '../wire/aws-service.ts';
import { checkShape, type DeclaredTable, type TableDescription } from './table-description.ts';

const activeWithinMs = 30_000;
const pollMs = 20;

/**
 * Creates a table at an outside endpoint. An existing one is kept; its stream and its time to live are switched on.
 * @param call Sends a call to the endpoint.
 */
export async function declareOutside(
  { input, ttl, recoveryDays }: DeclaredTable,
  call: (operation: string, input: JsonObject) => Promise<JsonObject>,
): Promise<TableDescription> {
  const { TableName, StreamSpecification } = input;
  const unless = (name: string) => (error: Error) => {
    if (error.name !== name) throw error;
  };
  const describe = async () => {
    const { Table } = await call('DescribeTable', { TableName });
    return Table as TableDescription;
  };
  const present = await describe().catch(unless('ResourceNotFoundException'));
  if (present) checkShape(input, present);
  else await call('CreateTable', { ...input });
  if (present && StreamSpecification && !present.StreamSpecification) {
    await call('UpdateTable', { TableName, StreamSpecification });
  }
  let table = await describe();
  for (let waited = 0; table.TableStatus !== 'ACTIVE'; waited += pollMs) {
    if (waited >= activeWithinMs)
      throw new Error(`table ${TableName} did not become ACTIVE within ${activeWithinMs} ms`);
    await setTimeout(pollMs);
    table = await describe();
  }
  const { TimeToLiveDescription } = await call('DescribeTimeToLive', { TableName });
  const { AttributeName } = TimeToLiveDescription as { readonly AttributeName?: string };
  if (ttl !== undefined && ttl !== AttributeName) {
    const TimeToLiveSpecification = { Enabled: true, AttributeName: ttl };
    await call('UpdateTimeToLive', { TableName, TimeToLiveSpecification });
  }
  if (recoveryDays !== undefined) {
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    // Some emulators have no backups.
    const input = { TableName, PointInTimeRecoverySpecification };
    await call('UpdateContinuousBackups', input).catch(unless('UnknownOperationException'));
  }
  return table;
}
