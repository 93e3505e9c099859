/** A charge. The provider makes one charge under a key, however often and however late it is requested. */
export interface Charge {
  readonly key: string;
  readonly jobId: string;
  /** In the currency's minor unit. A charge of zero charges nobody. */
  readonly amount: number;
  readonly currency: string;
  readonly token: string;
}

/** A refund of a whole charge. The provider makes one refund under a key. */
export interface Refund {
  readonly key: string;
  readonly chargeKey: string;
  readonly jobId: string;
  readonly amount: number;
  readonly currency: string;
}

/** The payment provider. */
export interface Payments {
  /**
   * @throws OrderRefused when the provider declines for good, or the charge was refunded before it was made
   * @throws Error for anything that a retry may solve
   */
  charge(charge: Charge): Promise<void>;
  /**
   * Refunds the charge under `chargeKey`. If there is none, makes sure that there never will be. Succeeds if the customer
   * has the money already.
   */
  refund(refund: Refund): Promise<void>;
}
