import type { Issuer } from '../cognito/issuer.ts';
import type { Faults } from '../faults/faults.ts';
import type { Access } from '../iam/access.ts';
import type { Functions } from '../lambda/functions.ts';
import type { Usage } from '../usage/usage.ts';

/** What `npm start` was asked for; see docs/local-cloud.md. */
export interface CloudOptions {
  /** HTTP API, WebSocket API and control routes. 0 picks a free port. */
  readonly port: number;
  /** The AWS endpoints. 0 picks a free port. */
  readonly awsPort: number;
  /** Keeps tables, queues and executions in this folder; they end with the process when absent. */
  readonly data?: string;
  /** An outside DynamoDB endpoint to use instead of the embedded one. */
  readonly dynamodb?: URL;
  /** Factor on waits, retry intervals, batching windows and schedules (never on timeouts). */
  readonly timeScale: number;
  /** Seed of the fault generator. */
  readonly seed: number;
}

/** The one account and region that exist on this machine. */
export const account = '000000000000';
export const region = 'us-east-1';

/** What every embedded part may lean on. Parts find each other here and nowhere else. */
export interface Cloud {
  readonly options: CloudOptions;
  /** `http://127.0.0.1:<awsPort>`: the value of AWS_ENDPOINT_URL for every function. */
  readonly awsUrl: string;
  /** `http://127.0.0.1:<port>`: where deployed HTTP and WebSocket APIs answer. */
  readonly publicUrl: string;
  readonly access: Access;
  readonly faults: Faults;
  readonly usage: Usage;
  readonly functions: Functions;
  /** Issues and verifies access tokens. */
  readonly issuer: Issuer;
  /** The embedded services by their IAM prefix (`dynamodb`, `states`, `ses`, …). */
  readonly services: ReadonlyMap<string, AwsService>;
  /** Mounts a handler on the public port: deployed APIs, the issuer, the control routes. First match wins. */
  mount(route: PublicRoute): void;
  /** Writes one line of operator's log (stderr; JSON with `--json`). */
  log(entry: {
    readonly level: 'info' | 'warn' | 'error';
    readonly message: string;
    readonly [key: string]: unknown;
  }): void;
}

/** A handler on the public port. */
export interface PublicRoute {
  matches(request: import('node:http').IncomingMessage): boolean;
  handle(
    request: import('node:http').IncomingMessage,
    response: import('node:http').ServerResponse,
  ): Promise<void>;
  /** Present where the route also takes WebSocket upgrades. */
  upgrade?(
    request: import('node:http').IncomingMessage,
    socket: import('node:stream').Duplex,
    head: Buffer,
  ): void;
}

/** A request to an AWS endpoint, body already read. */
export interface WireRequest {
  readonly method: string;
  /** Path without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export type JsonObject = Record<string, unknown>;

/** One decoded AWS call. */
export interface AwsCall {
  /** As IAM and CloudTrail name it: `UpdateItem`. */
  readonly operation: string;
  readonly input: JsonObject;
}

/**
 * One embedded AWS service. The front door (`aws-endpoint.ts`) does the same for all, in this order:
 * read → faults before → IAM check → perform → usage → faults after → answer.
 */
export interface AwsService {
  /** IAM prefix, which is also the SigV4 signing name and the fault target: `dynamodb`, `states`, `ses`, `execute-api`. */
  readonly name: string;
  /** Decodes the wire request. Throws `AwsError` (aws-error.ts) for an unknown operation. */
  read(request: WireRequest): AwsCall;
  /** The IAM action and resource ARNs the call needs. Every pair must be allowed. */
  permissions(call: AwsCall): readonly {
    readonly action: string;
    readonly resource: string;
    /** Values of condition keys that belong to this call. */
    readonly context?: Readonly<Record<string, string>>;
  }[];
  /** Carries the call out. Throws `AwsError` for every refusal a caller may see. */
  perform(call: AwsCall): Promise<JsonObject | undefined>;
  /** Content type of answers; `application/x-amz-json-1.0` unless told. */
  readonly contentType?: string;
  /** What `GET /_local/inbox` answers: the e-mails a mail service accepted, oldest first. */
  inbox?(): Promise<readonly object[]> | readonly object[];
  /** Called last-to-first at shutdown. */
  stop?(): Promise<void>;
}

/** One resource of the template, its properties resolved. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  /** Construct path from the template's metadata: `Orders/Accept/Function/Resource`. */
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties are untyped JSON
  readonly properties: Readonly<Record<string, any>>;
  /** Folder of the cloud assembly, where file assets lie. */
  readonly assembly: string;
}

/** What creating a resource gives to the rest of the template. */
export interface Created {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Called once every resource is created: pollers, schedules, resumed executions start here. */
  start?(): Promise<void> | void;
  /** Called last-to-first at shutdown. */
  stop?(): Promise<void> | void;
}

/** How one CloudFormation type runs on this machine: one file a type in `resources/`. */
export interface ResourceKind {
  readonly type: string;
  /** Properties this kind acts on. `A.B` names a nested one where only part is honoured. */
  readonly honoured: readonly string[];
  /** Properties that change no behaviour on one machine (tags, encryption, log settings). Any other is refused at start. */
  readonly harmless?: readonly string[];
  create(resource: Resource, cloud: Cloud): Promise<Created> | Created;
}
