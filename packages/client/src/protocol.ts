// Generated from the schemas in domain/ by `npm run build:client`. Do not edit.
import type { JobErrorCode, RefusalCode } from './codes.ts';

/**
 * The last three are terminal.
 */
export type JobStatus = 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled';
/**
 * A job as its owner sees it, over HTTP and over the socket alike. `status` tells which one it is.
 */
export type StatusDocument = OpenJob | CompletedJob | FailedJob | CancelledJob;
/**
 * Where a step stands.
 */
export type StepStatus = 'pending' | 'in-progress' | 'completed' | 'failed' | 'skipped' | 'compensated';
/**
 * What a client sends over the socket.
 */
export type ClientMessage =
  | {
      action: 'subscribe';
      jobId: string;
      ticket: string;
      sinceVersion?: number | undefined;
    }
  | {
      action: 'unsubscribe';
      jobId: string;
    }
  | {
      action: 'ping';
    };
/**
 * What the server sends over the socket.
 */
export type ServerMessage =
  | {
      type: 'status';
      jobId: string;
      version: number;
      job: StatusDocument;
    }
  | {
      type: 'complete';
      jobId: string;
      version: number;
      job: StatusDocument;
    }
  | {
      type: 'error';
      jobId: string;
      version: number;
      job: StatusDocument;
    }
  | {
      type: 'refused';
      /**
       * A sentence for a person, or `unavailable`: the client may try again later.
       */
      reason: string;
      jobId?: string | undefined;
    }
  | {
      type: 'pong';
    };

/**
 * An order, as it is submitted.
 */
export interface OrderRequest {
  /**
   * ASCII before the @; the domain may be internationalised.
   */
  email: string;
  /**
   * ISO 4217 code of a currency in use.
   */
  currency: string;
  /**
   * @minItems 1
   * @maxItems 100
   */
  items: OrderItem[];
  payment: {
    /**
     * One line of visible characters, without a card number.
     */
    token: string;
  };
  /**
   * One line of visible characters, without a card number.
   */
  reference?: string | undefined;
  /**
   * One line of visible characters, without a card number.
   */
  callbackUrl?: string | undefined;
}
/**
 * One line of an order. `unitPrice` is in the currency's minor unit.
 */
export interface OrderItem {
  /**
   * One line of visible characters, without a card number.
   */
  sku: string;
  quantity: number;
  unitPrice: number;
}
/**
 * Answer to an accepted order.
 */
export interface AcceptedOrder {
  /**
   * Id of the job (UUIDv7); its execution has the same name.
   */
  jobId: string;
  status: JobStatus;
  /**
   * URL below the public base of the API; relative to its origin if the deployment has none configured.
   */
  statusUrl: string;
  /**
   * WebSocket URL for watching this job. It contains a secret ticket: keep it out of logs.
   */
  updatesUrl: string;
  /**
   * ISO 8601, UTC.
   */
  estimatedCompletion?: string | undefined;
}
/**
 * A job that has not ended.
 */
export interface OpenJob {
  /**
   * Id of the job (UUIDv7); its execution has the same name.
   */
  jobId: string;
  status: 'queued' | 'processing';
  /**
   * The step in progress.
   */
  stage?: string | undefined;
  /**
   * Completed stages in per cent; never decreases.
   */
  progress: number;
  /**
   * Increases by one with every visible change.
   */
  version: number;
  steps: Step[];
  result?: undefined;
  error?: undefined;
  /**
   * Cancellation was requested; present until the job ends.
   */
  cancelling?: true | undefined;
  /**
   * ISO 8601, UTC.
   */
  estimatedCompletion?: string | undefined;
  /**
   * WebSocket URL for watching this job. It contains a secret ticket: keep it out of logs.
   */
  updatesUrl: string;
  /**
   * ISO 8601, UTC.
   */
  createdAt: string;
  /**
   * ISO 8601, UTC.
   */
  updatedAt: string;
  /**
   * When the record of the job expires, unless it changes before.
   */
  expiresAt: string;
}
/**
 * A stage as seen in one job.
 */
export interface Step {
  name: string;
  status: StepStatus;
  /**
   * ISO 8601, UTC.
   */
  startedAt?: string | undefined;
  /**
   * When the step ended. For a compensated step, when it had completed, if it had.
   */
  completedAt?: string | undefined;
  /**
   * Attempts so far; present from the second on.
   */
  attempts?: number | undefined;
  /**
   * Latest start of the next attempt; present while the step waits.
   */
  nextAttemptAt?: string | undefined;
}
/**
 * A job whose order was created.
 */
export interface CompletedJob {
  /**
   * Id of the job (UUIDv7); its execution has the same name.
   */
  jobId: string;
  status: 'completed';
  /**
   * The step in progress.
   */
  stage?: string | undefined;
  /**
   * Completed stages in per cent; never decreases.
   */
  progress: number;
  /**
   * Increases by one with every visible change.
   */
  version: number;
  steps: Step[];
  result: {
    orderId: string;
    /**
     * URL below the public base of the API; relative to its origin if the deployment has none configured.
     */
    orderUrl: string;
  };
  error?: undefined;
  cancelling?: undefined;
  estimatedCompletion?: undefined;
  /**
   * WebSocket URL for watching this job. It contains a secret ticket: keep it out of logs.
   */
  updatesUrl: string;
  /**
   * ISO 8601, UTC.
   */
  createdAt: string;
  /**
   * ISO 8601, UTC.
   */
  updatedAt: string;
  /**
   * When the record of the job expires, unless it changes before.
   */
  expiresAt: string;
}
/**
 * A job that failed.
 */
export interface FailedJob {
  /**
   * Id of the job (UUIDv7); its execution has the same name.
   */
  jobId: string;
  status: 'failed';
  /**
   * The step in progress.
   */
  stage?: string | undefined;
  /**
   * Completed stages in per cent; never decreases.
   */
  progress: number;
  /**
   * Increases by one with every visible change.
   */
  version: number;
  steps: Step[];
  result?: undefined;
  error: JobError;
  cancelling?: undefined;
  estimatedCompletion?: undefined;
  /**
   * WebSocket URL for watching this job. It contains a secret ticket: keep it out of logs.
   */
  updatesUrl: string;
  /**
   * ISO 8601, UTC.
   */
  createdAt: string;
  /**
   * ISO 8601, UTC.
   */
  updatedAt: string;
  /**
   * When the record of the job expires, unless it changes before.
   */
  expiresAt: string;
}
/**
 * Why a job did not complete.
 */
export interface JobError {
  /**
   * One sentence for a person.
   */
  message: string;
  stage: string;
  /**
   * Whether a redrive can resume the job.
   */
  redrivable: boolean;
  /**
   * Present if the failure is redrivable. After this time the order is undone and the failure becomes final.
   */
  redrivableUntil?: string | undefined;
  /**
   * Stable, machine-readable code, for example card_declined.
   */
  code: JobErrorCode;
}
/**
 * A job that was cancelled.
 */
export interface CancelledJob {
  /**
   * Id of the job (UUIDv7); its execution has the same name.
   */
  jobId: string;
  status: 'cancelled';
  /**
   * The step in progress.
   */
  stage?: string | undefined;
  /**
   * Completed stages in per cent; never decreases.
   */
  progress: number;
  /**
   * Increases by one with every visible change.
   */
  version: number;
  steps: Step[];
  result?: undefined;
  error: JobError;
  cancelling?: undefined;
  estimatedCompletion?: undefined;
  /**
   * WebSocket URL for watching this job. It contains a secret ticket: keep it out of logs.
   */
  updatesUrl: string;
  /**
   * ISO 8601, UTC.
   */
  createdAt: string;
  /**
   * ISO 8601, UTC.
   */
  updatedAt: string;
  /**
   * When the record of the job expires, unless it changes before.
   */
  expiresAt: string;
}
/**
 * One page of an owner's jobs, newest first.
 */
export interface JobPage {
  /**
   * With a `status`, a page may have few items or none although more follow: only `nextCursor` says whether they do.
   */
  items: StatusDocument[];
  /**
   * Send it as `cursor` to get the next page. Absent on the last page.
   */
  nextCursor?: string | undefined;
}
/**
 * The record that a completed order became.
 */
export interface OrderDocument {
  orderId: string;
  /**
   * Id of the job (UUIDv7); its execution has the same name.
   */
  jobId: string;
  email: string;
  currency: string;
  items: OrderItem[];
  /**
   * In the currency's minor unit.
   */
  total: number;
  reference?: string | undefined;
  /**
   * ISO 8601, UTC.
   */
  createdAt: string;
}
/**
 * RFC 9457 problem document.
 */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /**
   * Quote this id when you ask for support.
   */
  requestId: string;
  /**
   * The first 20 at most of the fields that were refused.
   */
  errors?: FieldError[] | undefined;
  /**
   * Stable, machine-readable code.
   */
  code: RefusalCode;
  [k: string]: unknown;
}
/**
 * One field that was refused.
 */
export interface FieldError {
  /**
   * RFC 6901 JSON pointer into the body or the query, or the name of a header. A long name is cut and ends in `…`.
   */
  pointer: string;
  detail: string;
}
