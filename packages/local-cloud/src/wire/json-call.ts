import { AwsError } from './aws-error.ts';
import type { AwsCall, WireRequest } from './aws-service.ts';

/**
 * Decodes a call of AWS's JSON protocols.
 * @param apis Operations by what stands before them in `X-Amz-Target`: `{ AmazonSQS: ['SendMessage'] }`
 * @throws AwsError UnknownOperationException, SerializationException
 */
export function jsonCall(
  { headers, body }: WireRequest,
  apis: Readonly<Record<string, readonly string[]>>,
): AwsCall {
  const asked = headers['x-amz-target'] ?? 'no X-Amz-Target';
  const [api = '', operation = ''] = asked.split('.');
  if (!Object.hasOwn(apis, api) || !apis[api]?.includes(operation)) {
    const known = Object.entries(apis).flatMap(([name, own]) => own.map((each) => `${name}.${each}`));
    const message = `The local cloud does not have ${asked}; it has ${known.join(', ')}`;
    throw new AwsError('UnknownOperationException', message);
  }
  try {
    const input: unknown = JSON.parse(body.toString() || '{}');
    if (typeof input === 'object' && input && !Array.isArray(input))
      return { operation, input: { ...input } };
  } catch {}
  throw new AwsError('SerializationException', 'The request body is not a JSON object.');
}
