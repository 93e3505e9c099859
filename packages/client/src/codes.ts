/** Leaves a union of literals open: a newer API may have more codes, and editors still complete the known ones. */
type Open<Known extends string> = Known | (string & {});

/** Why the API refused a request; `http_` and the status if a gateway or a proxy refused. */
export type RefusalCode = Open<
  | 'malformed_body'
  | 'unauthorized'
  | 'not_found'
  | 'cannot_cancel'
  | 'cannot_redrive'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'invalid_fields'
  | 'idempotency_key_reused'
  | 'internal_error'
  | 'dependency_unavailable'
>;

/** Why a job did not complete. Payment providers add codes of their own, for example `expired_card`. */
export type JobErrorCode = Open<
  | 'cancelled'
  | 'card_declined'
  | 'compensation_failed'
  | 'invalid_token'
  | 'mail_refused'
  | 'payment_incomplete'
  | 'stage_failed'
  | 'unknown_currency'
  | 'unsupported_amount'
>;
