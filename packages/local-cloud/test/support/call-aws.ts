/** What a caller of an AWS service sends. */
export interface AwsRequest {
  readonly url: string;
  readonly service: string;
  readonly key?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Calls an AWS service without its SDK. */
export function callAws({
  url,
  service,
  key = 'AKIAOPERATOR',
  path = '/',
  method = 'POST',
  headers,
  body,
}: AwsRequest): Promise<Response> {
  const authorization = `AWS4-HMAC-SHA256 Credential=${key}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  return fetch(`${url}${path}`, {
    method,
    headers: { authorization, ...headers },
    ...(body !== undefined && { body }),
  });
}
