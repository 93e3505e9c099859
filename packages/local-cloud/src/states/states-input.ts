import { AwsError } from '../wire/aws-error.ts';
import type { JsonObject } from '../wire/aws-service.ts';
import { largestPayload } from './state-data.ts';

/** AWS's page size when none is asked for. */
const defaultPage = 100;
const largestPage = 1000;

/** A page token out of the last position on the page. */
export const toToken = (position: unknown): string => Buffer.from(String(position)).toString('base64url');

/** The position in a page token. @throws AwsError InvalidToken */
export function fromToken(token: unknown): number {
  const position = Number(Buffer.from(String(token), 'base64url').toString() || Number.NaN);
  if (!Number.isSafeInteger(position)) throw new AwsError('InvalidToken', `Invalid Token: '${token}'`);
  return position;
}

function invalid(member: string, value: unknown, constraint: string): AwsError {
  const shown = typeof value === 'string' && value.length > 100 ? '' : ` ${JSON.stringify(value ?? null)}`;
  const message = `1 validation error detected: Value${shown} at '${member}' failed to satisfy constraint: ${constraint}`;
  return new AwsError('ValidationException', message);
}

/** A required ARN. @throws AwsError ValidationException, InvalidArn */
export function arnIn(input: JsonObject, member: string): string {
  const value = input[member];
  if (typeof value !== 'string') throw invalid(member, value, 'Member must not be null');
  if (!value.startsWith('arn:'))
    throw new AwsError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${value}'`);
  return value;
}

/** Whitespace, brackets, wildcards, control and special characters that AWS refuses in names. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const refusedInNames = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/u;

/** The name of an execution or a state machine. @throws AwsError ValidationException, InvalidName */
export function checkedName(name: unknown): string {
  if (typeof name !== 'string' || name.length < 1 || name.length > 80) {
    throw invalid('name', name, 'Member must be a string of 1 to 80 characters');
  }
  if (refusedInNames.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  return name;
}

/** The input of an execution as JSON text. @throws AwsError ValidationException, InvalidExecutionInput */
export function executionInput(given: unknown): string {
  const input = given ?? '{}';
  if (typeof input !== 'string') throw invalid('input', input, 'Member must be a string');
  if (Buffer.byteLength(input) > largestPayload) {
    throw invalid('input', input, `Member must have length less than or equal to ${largestPayload}`);
  }
  try {
    JSON.parse(input);
  } catch (error) {
    throw new AwsError(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: '${(error as Error).message}'`,
    );
  }
  return input;
}

/** An optional text of limited length. @throws AwsError ValidationException */
export function optionalText(input: JsonObject, member: string, most: number): string | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length <= most) return value;
  throw invalid(member, value, `Member must be a string of at most ${most} characters`);
}

/** One of the allowed words, or none. @throws AwsError ValidationException */
export function optionalOneOf(
  input: JsonObject,
  member: string,
  allowed: readonly string[],
): string | undefined {
  const value = input[member] ?? undefined;
  if (value === undefined || (typeof value === 'string' && allowed.includes(value))) return value;
  throw invalid(member, value, `Member must satisfy enum value set: [${allowed.join(', ')}]`);
}

/** How many results a page holds. @throws AwsError ValidationException */
export function pageSize(asked: unknown): number {
  if (asked === undefined || asked === 0) return defaultPage;
  if (Number.isInteger(asked) && Number(asked) > 0 && Number(asked) <= largestPage) return Number(asked);
  throw invalid('maxResults', asked, `Member must be between 0 and ${largestPage}`);
}
