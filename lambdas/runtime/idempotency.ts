import { createHash } from 'node:crypto';
import { IdempotencyKeyReused, InvalidFields } from '../../domain/protocol/errors.ts';
import type { Claim, IdempotencyKeys } from '../ports.ts';

/** 1 to 255 printable ASCII characters. */
const wellFormed = /^[\x20-\x7e]{1,255}$/;

export interface Claimed {
  readonly jobId: string;
  /** Whether an earlier request made the claim. */
  readonly repeated: boolean;
}

export interface ClaimRequest {
  readonly owner: string;
  readonly key: string;
  /** The request that the key stands for. */
  readonly request: unknown;
  /** Id for the job, should this be the first request under the key. */
  readonly jobId: string;
}

/**
 * Binds an idempotency key to a request and to the job that it makes. The key belongs to its owner, and is kept for a
 * published time, judged here and not by when the table happens to delete it.
 *
 * @throws InvalidFields when the key is malformed
 * @throws IdempotencyKeyReused when the key stands for another request
 */
export function createClaim({ keys, retentionDays }: { keys: IdempotencyKeys; retentionDays: number }) {
  return async ({ owner, key, request, jobId }: ClaimRequest, now: Date): Promise<Claimed> => {
    if (!wellFormed.test(key)) {
      const detail = 'Must have 1 to 255 printable ASCII characters.';
      throw new InvalidFields([{ pointer: 'Idempotency-Key', detail }]);
    }
    const claim: Claim = {
      id: digest(owner, key),
      fingerprint: digest(canonical(request)),
      jobId,
      expiresAt: new Date(now.getTime() + retentionDays * 86_400_000).toISOString(),
    };
    const earlier = await keys.claim(claim, now);
    if (!earlier) return { jobId, repeated: false };
    if (earlier.fingerprint !== claim.fingerprint) {
      throw new IdempotencyKeyReused(
        'This Idempotency-Key stands for another order; use a new key for a new order.',
      );
    }
    return { jobId: earlier.jobId, repeated: true };
  };
}

/** A length before each part, so that no two lists of parts look alike. */
const digest = (...parts: readonly string[]): string =>
  createHash('sha256')
    .update(parts.map((part) => `${part.length}:${part}`).join(''))
    .digest('hex');

/** JSON with its members in one order, so that only the content counts. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
