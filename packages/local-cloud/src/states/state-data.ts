import type { JsonPath, Scope } from './json-path.ts';
import { runtimeError, StateError } from './state-error.ts';
import type { StateOf } from './state-machine-definition.ts';
import { timestampNanoseconds } from './timestamp.ts';

/** AWS's limit on inputs, outputs and task results, in bytes of UTF-8. */
export const largestPayload = 262_144;
const dateFormat = 'ISO-8601 extended offset date-time format string';
const longestWaitMs = (2 ** 31 - 1) * 1000;

/** What InputPath, OutputPath or ItemsPath lets through: `{}` for null. @throws StateError States.Runtime */
export function select(path: JsonPath | null | undefined, scope: Scope): unknown {
  const value = path ? path.read(scope) : path === null ? {} : scope.input;
  if (value !== undefined) return value;
  throw runtimeError(`Invalid path '${path?.text}' : No results for path: ${path?.normalized}`);
}

/** The input with the result at ResultPath; null discards the result. @throws StateError */
export function place(path: StateOf<'Pass'>['ResultPath'], input: unknown, result: unknown): unknown {
  return path ? path(input, result) : path === null ? input : result;
}

/** The value as JSON text. @throws StateError States.DataLimitExceeded */
export function payloadText(value: unknown, whose: string): string {
  const text = JSON.stringify(value ?? null);
  if (Buffer.byteLength(text) <= largestPayload) return text;
  const cause = `The state/task '${whose}' returned a result with a size exceeding the maximum number of bytes service limit.`;
  throw new StateError('States.DataLimitExceeded', cause);
}

/** How long a Wait state waits from when it was entered, in milliseconds. @throws StateError States.Runtime */
export function waitMs(state: StateOf<'Wait'>, scope: Scope, entered: number): number {
  const { Seconds, SecondsPath, Timestamp, TimestampPath } = state;
  const path = TimestampPath ?? SecondsPath;
  const value = Timestamp ?? Seconds ?? path?.read(scope);
  const time = timestampNanoseconds(value);
  const isTime = (Timestamp ?? TimestampPath) !== undefined;
  const field = `The ${isTime ? 'TimestampPath' : 'SecondsPath'} parameter`;
  const found = `${path?.text} == ${value}`;
  const reason =
    (value === undefined && `does not reference an input value: ${path?.text}`) ||
    (isTime && time === undefined && `does not reference a valid ${dateFormat}: ${found}`) ||
    (!isTime && !Number.isSafeInteger(value) && `cannot be parsed as a long value: ${found}`) ||
    (!isTime && Number(value) < 0 && `references a negative value: ${found}`);
  if (reason) throw runtimeError(`${field} ${reason}`);
  const ms = time === undefined ? Number(value) * 1000 : Number(time / 1_000_000n) - entered;
  if (ms > longestWaitMs) throw runtimeError('Wait state delay is too long.');
  return Math.max(0, ms);
}
