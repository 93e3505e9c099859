import { AwsError } from '../wire/aws-error.ts';
import type { JsonObject } from '../wire/aws-service.ts';

/** Reads `{ Name: value }` of a call. Without a fallback it is required. @throws AwsError InvalidParameterValue. */
export function integerParameter(parameter: JsonObject, min: number, max: number, fallback?: number): number {
  const [[name, given] = []] = Object.entries(parameter);
  if (given === undefined && fallback !== undefined) return fallback;
  const value = Number(given);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new AwsError('InvalidParameterValue', `${name} is ${given}; allowed: ${min} to ${max}`);
}
