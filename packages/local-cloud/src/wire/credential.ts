import { AwsError } from './aws-error.ts';
import type { WireRequest } from './aws-service.ts';

/** Who calls what, from the SigV4 credential scope of a request. */
export interface Credential {
  readonly accessKeyId: string;
  /** `dynamodb` in `AKID/20260101/us-east-1/dynamodb/aws4_request`. */
  readonly signingName: string;
}

/**
 * Reads the credential of a request, from its header or from its presigned URL.
 * @throws AwsError MissingAuthenticationTokenException
 */
export function credentialOf({ headers, query }: Pick<WireRequest, 'headers' | 'query'>): Credential {
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
