import { AwsError } from './aws-error.ts';
import type { WireRequest } from './aws-service.ts';

/**
 * Who calls what: `AKID` and `dynamodb` in the SigV4 scope `AKID/20260101/us-east-1/dynamodb/aws4_request` of a
 * request's header or presigned URL.
 * @throws AwsError MissingAuthenticationTokenException
 */
export function credentialOf({ headers, query }: Pick<WireRequest, 'headers' | 'query'>) {
  const { authorization = '' } = headers;
  const scope = /Credential=([^,\s]+)/.exec(authorization)?.[1] ?? query.get('X-Amz-Credential');
  const [accessKeyId, , , signingName] = scope?.split('/') ?? [];
  if (accessKeyId && signingName) return { accessKeyId, signingName };
  throw new AwsError(
    'MissingAuthenticationTokenException',
    'The request has no SigV4 credential: any access key and secret will do, for example AWS_ACCESS_KEY_ID=local',
    403,
  );
}
