import { AwsError } from '../aws-error.ts';
import type { AwsCall, WireRequest } from '../cloud.ts';

/**
 * Decodes a call of AWS's JSON protocols.
 * @param target - what stands before the operation in `X-Amz-Target`: `AmazonSQS`
 * @throws AwsError UnknownOperationException, SerializationException
 */
export function jsonCall(
  { headers, body }: WireRequest,
  target: string,
  operations: readonly string[],
): AwsCall {
  const asked = headers['x-amz-target'] ?? 'no X-Amz-Target';
  const [service, operation = ''] = asked.split('.');
  if (service !== target || !operations.includes(operation)) {
    const message = `${target} of the local cloud does not have ${asked}; it has ${operations.join(', ')}`;
    throw new AwsError('UnknownOperationException', message);
  }
  try {
    const input: unknown = JSON.parse(body.toString() || '{}');
    if (typeof input === 'object' && input !== null && !Array.isArray(input))
      return { operation, input: { ...input } };
  } catch {}
  throw new AwsError('SerializationException', 'The request body is not a JSON object.');
}
