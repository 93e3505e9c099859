/** An idempotency key that is bound to a request and to the job that the request created. */
export interface Claim {
  /** Digest of the owner and the key. */
  readonly id: string;
  /** Digest of the request. */
  readonly fingerprint: string;
  readonly jobId: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

export interface IdempotencyKeys {
  /** @returns the claim that already holds the key; undefined if this one is the first */
  claim(claim: Claim, now: Date): Promise<Claim | undefined>;
}
