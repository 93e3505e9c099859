import { AwsError } from '../wire/aws-error.ts';
import { type AttributeValue, type Item, itemSize } from './item.ts';
import type { TableDescription } from './table-description.ts';

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const maxItemBytes = 400 * 1024;
const maxHashBytes = 2048;
const maxRangeBytes = 1024;
const maxDigits = 38;
/** Digits before the point. */
const maxMagnitude = 126;

/**
 * Checks of an item about to be written that dynalite leaves out.
 * @throws AwsError ValidationException
 */
export function checkItem(table: TableDescription, item: Item, operation: string): void {
  if (itemSize(item) > maxItemBytes) {
    const what = operation === 'UpdateItem' ? 'Item size to update' : 'Item size';
    throw invalid(`${what} has exceeded the maximum allowed size`);
  }
  checkNumbers(Object.values(item));
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

/** Dynalite checks the numbers of a request, but not what an update makes of them. */
function checkNumbers(values: readonly AttributeValue[]): void {
  for (const { N = '', L = [], M = {} } of values) {
    checkNumbers([...L, ...Object.values(M)]);
    if (N.length <= maxDigits) continue;
    const [whole = '', fraction = ''] = N.replace('-', '').split('.');
    const digits = `${whole}${fraction}`.replaceAll(/^0+|0+$/g, '').length;
    if (digits > maxDigits) throw invalid('Attempting to store more than 38 significant digits in a Number');
    if (whole.length > maxMagnitude) {
      throw invalid(
        'Number overflow. Attempting to store a number with magnitude larger than supported range',
      );
    }
  }
}

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
