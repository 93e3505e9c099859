import { AwsError } from '../wire/aws-error.ts';
import { type AttributeValue, type Item, itemSize } from './item.ts';
import type { TableDescription } from './table-description.ts';

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const maxItemBytes = 400 * 1024;
const maxHashBytes = 2048;
const maxRangeBytes = 1024;

/**
 * Checks of an item about to be written that dynalite leaves out.
 * @throws AwsError ValidationException
 */
export function checkItem(table: TableDescription, item: Item, operation: string): void {
  if (itemSize(item) > maxItemBytes) {
    const what = operation === 'UpdateItem' ? 'Item size to update' : 'Item size';
    throw invalid(`${what} has exceeded the maximum allowed size`);
  }
  for (const { AttributeName, KeyType } of table.KeySchema) checkLength(item[AttributeName], KeyType);
  for (const { IndexName, KeySchema } of table.GlobalSecondaryIndexes ?? []) {
    for (const { AttributeName, KeyType } of KeySchema) {
      const value = item[AttributeName];
      if (!value) continue;
      checkType(table, value, AttributeName, IndexName);
      checkContent(value, operation, ` IndexName: ${IndexName}, IndexKey: ${AttributeName}`);
      checkLength(value, KeyType);
    }
  }
}

const invalid = (message: string) => new AwsError('ValidationException', message);

function checkType(table: TableDescription, value: AttributeValue, name: string, index: string): void {
  const type = table.AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
  const [actual] = Object.keys(value);
  if (actual === type) return;
  throw invalid(
    'One or more parameter values were invalid: ' +
      `Type mismatch for Index Key ${name} Expected: ${type} Actual: ${actual} IndexName: ${index}`,
  );
}

function checkContent({ S, B }: AttributeValue, operation: string, where: string): void {
  if (S !== '' && B !== '') return;
  const kind = S === '' ? 'string' : 'binary';
  const isUpdate = operation === 'UpdateItem';
  throw invalid(
    `One or more parameter values are not valid. ${
      isUpdate
        ? 'The update expression attempted to update a secondary index key to a value that is not supported.'
        : 'A value specified for a secondary index key is not supported.'
    } The AttributeValue for a key attribute cannot contain an empty ${kind} value.${isUpdate ? '' : where}`,
  );
}

/** Dynalite counts characters. */
function checkLength(value: AttributeValue | undefined, keyType: string): void {
  const bytes = Buffer.byteLength(value?.S ?? '') + Buffer.byteLength(value?.B ?? '', 'base64');
  if (keyType === 'HASH' && bytes > maxHashBytes) {
    throw invalid(
      `One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of${maxHashBytes} bytes`,
    );
  }
  if (keyType === 'RANGE' && bytes > maxRangeBytes) {
    throw invalid(
      `One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of ${maxRangeBytes} bytes`,
    );
  }
}
