import { createHash } from 'node:crypto';
import { daysAfter } from '../../domain/days-after.ts';
import { IdempotencyKeyReused, InvalidFields } from '../../domain/protocol/errors.ts';
import type { Claim, IdempotencyKeys } from '../ports/idempotency-keys.ts';

/** 1 to 255 printable ASCII characters. */
const wellFormed = /^[\x20-\x7e]{1,255}$/;

export interface Claimed {
  /** The job that the first request with this key creates or has created. */
  readonly jobId: string;
  /** Whether an earlier request claimed the key. */
  readonly repeated: boolean;
}

export interface ClaimRequest {
  readonly owner: string;
  readonly key: string;
  /** The request that the key is bound to. */
  readonly request: unknown;
  /** Id of the job, if this is the first request with the key. */
  readonly jobId: string;
}

/**
 * Binds an idempotency key to a request and to the job that the request creates. Each owner has keys of their own. A
 * key expires exactly after its retention, not when the table deletes it.
 *
 * @throws InvalidFields when the key is malformed
 * @throws IdempotencyKeyReused when the key is bound to another request
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
      expiresAt: daysAfter(now, retentionDays).toISOString(),
    };
    const earlier = await keys.claim(claim, now);
    if (!earlier) return { jobId, repeated: false };
    if (earlier.fingerprint !== claim.fingerprint) {
      throw new IdempotencyKeyReused(
        'This Idempotency-Key was used for another order; use a new key for a new order.',
      );
    }
    return { jobId: earlier.jobId, repeated: true };
  };
}

/** Each part is prefixed with its length, so that different lists of parts never have the same digest. */
const digest = (...parts: readonly string[]): string =>
  createHash('sha256')
    .update(parts.map((part) => `${part.length}:${part}`).join(''))
    .digest('hex');

/** JSON with sorted members, so that their order does not matter. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
