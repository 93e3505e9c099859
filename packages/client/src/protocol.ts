// Generated from the schemas in domain/ by `npm run build:client`. Do not edit.

/**
 * The last three are terminal.
 */
export type JobStatus = 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled';
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
       * A sentence for a person, or `unavailable`: try again later.
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
  email: string;
  currency: string;
  /**
   * @minItems 1
   * @maxItems 100
   */
  items: OrderItem[];
  payment: {
    token: string;
  };
  reference?: string | undefined;
  callbackUrl?: string | undefined;
}
/**
 * One line of an order. `unitPrice` is in the currency's minor unit.
 */
export interface OrderItem {
  sku: string;
  quantity: number;
  unitPrice: number;
}
/**
 * Answer to an accepted order.
 */
export interface AcceptedOrder {
  /**
   * Id of the job (UUIDv7), and the name of its execution.
   */
  jobId: string;
  status: JobStatus;
  /**
   * Relative to the origin of the API.
   */
  statusUrl: string;
  /**
   * WebSocket URL that watches this job. Its ticket is a secret of the owner: keep it out of logs.
   */
  updatesUrl: string;
  /**
   * ISO 8601, UTC.
   */
  estimatedCompletion?: string | undefined;
}
/**
 * A job as its owner sees it, over HTTP and over the socket alike.
 */
export interface StatusDocument {
  /**
   * Id of the job (UUIDv7), and the name of its execution.
   */
  jobId: string;
  status: JobStatus;
  /**
   * The step being worked.
   */
  stage?: string | undefined;
  /**
   * Completed stages in per cent; never falls.
   */
  progress: number;
  /**
   * Grows by one at every visible change.
   */
  version: number;
  steps: Step[];
  result?:
    | {
        orderId: string;
        /**
         * Relative to the origin of the API.
         */
        orderUrl: string;
      }
    | undefined;
  error?: JobError | undefined;
  /**
   * ISO 8601, UTC.
   */
  estimatedCompletion?: string | undefined;
  /**
   * WebSocket URL that watches this job. Its ticket is a secret of the owner: keep it out of logs.
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
   * When the record of the job is deleted.
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
   * When it ended; of a compensated step, when it had completed, if it ever did.
   */
  completedAt?: string | undefined;
  /**
   * Present from the second attempt on.
   */
  attempts?: number | undefined;
  /**
   * While it waits for its next attempt: when that comes at the latest.
   */
  nextAttemptAt?: string | undefined;
}
/**
 * Why a job did not complete.
 */
export interface JobError {
  /**
   * Stable and machine-readable, for example card_declined.
   */
  code: string;
  /**
   * One sentence for a person.
   */
  message: string;
  stage: string;
  /**
   * Whether a redrive can resume the job at that stage.
   */
  redrivable: boolean;
}
/**
 * One page of an owner's jobs, newest first.
 */
export interface JobPage {
  items: StatusDocument[];
  /**
   * Give it back as `cursor` for the next page.
   */
  nextCursor?: string | undefined;
}
/**
 * The record that a completed order became.
 */
export interface OrderDocument {
  orderId: string;
  /**
   * Id of the job (UUIDv7), and the name of its execution.
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
   * Stable and machine-readable.
   */
  code: string;
  /**
   * Quote it when you ask for help.
   */
  requestId: string;
  errors?: FieldError[] | undefined;
  [k: string]: unknown;
}
/**
 * One field that was refused.
 */
export interface FieldError {
  /**
   * RFC 6901 JSON pointer into the body or the query, or the name of a header.
   */
  pointer: string;
  detail: string;
}
