/** A charge. The provider refuses a second one under the same key. */
export interface Charge {
  readonly key: string;
  readonly jobId: string;
  /** In the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
  readonly token: string;
}

/** A refund of a whole charge. The provider refuses a second one under the same key. */
export interface Refund {
  readonly key: string;
  readonly chargeKey: string;
  readonly jobId: string;
  /** ISO 8601; the charge is not older. */
  readonly submittedAt: string;
  readonly amount: number;
  readonly currency: string;
}

/** The payment provider. */
export interface Payments {
  /**
   * @throws OrderRefused when the provider declines for good
   * @throws Error for anything that a retry may solve
   */
  charge(charge: Charge): Promise<void>;
  /** Refunds the charge under `chargeKey`. If there is none, makes sure that there never will be. */
  refund(refund: Refund): Promise<void>;
}
