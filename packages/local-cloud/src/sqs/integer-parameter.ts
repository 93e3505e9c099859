import { AwsError } from '../wire/aws-error.ts';
import type { JsonObject } from '../wire/aws-service.ts';

/**
 * Reads a whole number of a call, given as `{ Name: value }`.
 * @param fallback Taken as it is where the parameter is missing. Without one, the parameter is required.
 * @throws AwsError InvalidParameterValue, which names the parameter, its value and what is allowed.
 */
export function integerParameter(parameter: JsonObject, min: number, max: number, fallback?: number): number {
  const [[name, given] = []] = Object.entries(parameter);
  if (given === undefined && fallback !== undefined) return fallback;
  const value = Number(given);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new AwsError('InvalidParameterValue', `${name} is ${given}; allowed: ${min} to ${max}`);
}
