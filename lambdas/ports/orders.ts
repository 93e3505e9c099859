import type { OrderRecord } from '../../domain/order/order.ts';

/** An order and the right to send its confirmation. */
export interface ClaimedOrder {
  readonly claim: string;
  readonly order: OrderRecord;
}

/** Order records. */
export interface Orders {
  /**
   * Stores a submission. It expires some time after its job, unless the order is created.
   *
   * @param jobExpiresAt - when the record of its job expires
   */
  submit(order: OrderRecord, jobExpiresAt: Date): Promise<void>;
  /** Keeps a submission longer, because its job is kept longer. Has no effect on an order. */
  keep(orderId: string, jobExpiresAt: Date): Promise<void>;
  get(orderId: string): Promise<OrderRecord | undefined>;
  /**
   * Turns a submission into an order. Has no effect if that was done before or the order is void.
   *
   * @throws Error when there is no submission
   */
  create(orderId: string, at: Date): Promise<void>;
  /** Voids the order or the submission, so that it can never be created. Has no effect if it is void already. */
  void(orderId: string, at: Date): Promise<void>;
  /**
   * Erases what an ended order says about a person: e-mail address, reference, callback URL and payment token. What was
   * ordered stays. Has no effect if that was done before.
   */
  erase(orderId: string, at: Date): Promise<void>;
  /**
   * Claims the right to send the confirmation.
   *
   * @returns the claim and the order, or undefined if it was claimed before
   * @throws Error when the order does not exist, or its record cannot be read; then nothing is claimed
   */
  claimConfirmation(orderId: string, at: Date): Promise<ClaimedOrder | undefined>;
  /** Releases a claim, because the confirmation was certainly not sent. Has no effect on another claim. */
  releaseConfirmation(orderId: string, claim: string): Promise<void>;
}
