import { AwsError } from '../wire/aws-error.ts';
import { type AttributeValue, type Item, itemSize } from './item.ts';
import type { TableDescription } from './table-description.ts';

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const maxItemBytes = 400 * 1024;
const maxHashBytes = 2048;
const maxRangeBytes = 1024;
const maxDigits = 38;
const update = 'The update expression attempted to update';

/**
 * Checks of an item about to be written that dynalite leaves out.
 * @throws AwsError ValidationException
 */
export function checkItem(table: TableDescription, item: Item, operation: string): void {
  const isUpdate = operation === 'UpdateItem';
  if (itemSize(item) > maxItemBytes)
    throw invalid(`Item size${isUpdate ? ' to update' : ''} has exceeded the maximum allowed size`);
  checkNumbers(Object.values(item));
  for (const { AttributeName, KeyType } of table.KeySchema) checkLength(item[AttributeName] ?? {}, KeyType);
  const types = new Map(
    table.AttributeDefinitions.map((known) => [known.AttributeName, known.AttributeType]),
  );
  for (const { IndexName, KeySchema } of table.GlobalSecondaryIndexes ?? []) {
    for (const { AttributeName: name, KeyType } of KeySchema) {
      const value = item[name];
      if (!value) continue;
      const [type, [actual]] = [types.get(name), Object.keys(value)];
      const mismatch = `Type mismatch for Index Key ${name} Expected: ${type} Actual: ${actual}`;
      if (actual !== type) throw wrong(`${mismatch} IndexName: ${IndexName}`);
      if (isUpdate)
        checkContent(value, `${update} a secondary index key to a value that is not supported. `, '');
      const what = 'A value specified for a secondary index key is not supported. ';
      checkContent(value, what, ` IndexName: ${IndexName}, IndexKey: ${name}`);
      checkLength(value, KeyType);
    }
  }
}

/** @throws AwsError ValidationException for a key that is empty. */
export function checkContent({ S, B }: AttributeValue, what: string, where: string): void {
  if (S !== '' && B !== '') return;
  const rule = `The AttributeValue for a key attribute cannot contain an empty ${S === '' ? 'string' : 'binary'} value.`;
  throw invalid(`One or more parameter values are not valid. ${what}${rule}${where}`);
}

const invalid = (message: string) => new AwsError('ValidationException', message);
const wrong = (what: string) => invalid(`One or more parameter values were invalid: ${what}`);

/** Dynalite checks the numbers of a request, but not what an update makes of them. */
function checkNumbers(values: readonly AttributeValue[]): void {
  for (const { N = '', L = [], M = {} } of values) {
    checkNumbers([...L, ...Object.values(M)]);
    if (N.replaceAll(/[-.]/g, '').replaceAll(/^0+|0+$/g, '').length > maxDigits)
      throw invalid('Attempting to store more than 38 significant digits in a Number');
  }
}

/** Dynalite counts characters. */
function checkLength({ S = '', B = '' }: AttributeValue, keyType: string): void {
  const bytes = Buffer.byteLength(S) + Buffer.byteLength(B, 'base64');
  if (keyType === 'HASH' && bytes > maxHashBytes)
    throw wrong('Size of hashkey has exceeded the maximum size limit of2048 bytes');
  if (keyType === 'RANGE' && bytes > maxRangeBytes)
    throw wrong('Aggregated size of all range keys has exceeded the size limit of 1024 bytes');
}
