import { account, region } from '../wire/account.ts';

/** One Lambda function as the template describes it. */
export interface FunctionDefinition {
  readonly arn: string;
  readonly name: string;
  /** Construct path, for `lambda:<part>` fault targets and logs. */
  readonly path: string;
  /** Folder with the bundle. */
  readonly code: string;
  /** `index.handler`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly role: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** ReservedConcurrentExecutions; more at once is a throttle. */
  readonly reservedConcurrency?: number;
  /** Log group, format, and with the format JSON the lowest level of `console` that is written. */
  readonly logging: { readonly group: string; readonly format: 'JSON' | 'Text'; readonly level: string };
}

/** How an invocation ended, in Lambda's own words. */
export type Invocation = { readonly ok: true; readonly payload: unknown } | Failure;

/** An invocation without a result. */
export interface Failure {
  readonly ok: false;
  /** `handled`: the handler threw. `unhandled`: crash, timeout, lost answer. `throttled`: 429. `service`: 5xx of Lambda itself. */
  readonly kind: 'handled' | 'unhandled' | 'throttled' | 'service';
  /** The error's name: `PaymentDeclined`, `Sandbox.Timedout`, `Runtime.ExitError`, `TooManyRequestsException`, … */
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** The embedded Lambda. */
export interface Functions {
  define(definition: FunctionDefinition): void;
  find(arn: string): FunctionDefinition | undefined;
  all(): readonly FunctionDefinition[];
  /**
   * Waits for a free sandbox (or throttles at the reserved concurrency), runs the handler, reports its end. Never rejects.
   * @param taken Called with the invocation's request id when a sandbox takes it.
   */
  invoke(arn: string, payload: unknown, taken?: (requestId: string) => void): Promise<Invocation>;
  /**
   * Loads a function, so that its first call finds it warm.
   * @param part A part of its construct path, for example `Api/Accept`.
   * @throws Error naming the functions when there is none of this path.
   */
  warm(part: string): Promise<void>;
  stop(): Promise<void>;
}

/** The ARN of a function that is named by its ARN or by its bare name. */
export function functionArn(name: string): string {
  return name.startsWith('arn:') ? name : `arn:aws:lambda:${region}:${account}:function:${name}`;
}

/** A failure without a trace. */
export function failed(kind: Failure['kind'], errorType: string, errorMessage: string): Failure {
  return { ok: false, kind, errorType, errorMessage };
}
