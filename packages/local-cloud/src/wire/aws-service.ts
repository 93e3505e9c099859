/** A JSON object of unknown members. */
export type JsonObject = Record<string, unknown>;

/** A request to an AWS endpoint, its body read. */
export interface WireRequest {
  readonly method: string;
  /** Path without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** One decoded AWS call. */
export interface AwsCall {
  /** As IAM and CloudTrail name it: `UpdateItem`. */
  readonly operation: string;
  readonly input: JsonObject;
}

/** A permission that a call needs. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  /** Values of condition keys that belong to this call. */
  readonly context?: Readonly<Record<string, string>>;
}

/** A successful answer that is more than a JSON object with status 200. */
export class AwsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;

  constructor(status: number, headers: Readonly<Record<string, string>>, body: string) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** The wire side of one AWS service. `aws-endpoint.ts` handles the calls of all services in the same order. */
export interface AwsService {
  /** IAM prefix, SigV4 signing name and fault target: `dynamodb`, `states`, `ses`, `execute-api`. */
  readonly name: string;
  /** Content type of answers. @default 'application/x-amz-json-1.0' */
  readonly contentType?: string;
  /** Decodes the request. @throws AwsError for an unknown operation. */
  read(request: WireRequest): AwsCall;
  /** The permissions that the call needs, all of them. */
  permissions(call: AwsCall): readonly Permission[];
  /** Carries the call out. @throws AwsError for every refusal that the caller may see. */
  perform(call: AwsCall): Promise<JsonObject | AwsAnswer | undefined>;
}
