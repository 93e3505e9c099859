import { DependencyUnavailable, Refusal } from '../../domain/protocol/errors.ts';
import { FieldError, type Problem } from '../../domain/protocol/protocol.ts';
import { publicFields } from '../../domain/protocol/public-fields.ts';

/** Titles of the statuses of refusals (RFC 9110). */
const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The refusal that an error means for the caller; undefined for an internal error. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (isDependencyFailure(error)) {
    return new DependencyUnavailable(
      'A part of the service is unavailable. Try again; an Idempotency-Key makes that safe.',
      { cause: error },
    );
  }
  return undefined;
}

/** The problem document (RFC 9457) of a refusal. Every error response is made here, and it tells nothing else. */
export function problemOf(refusal: Refusal | undefined, requestId: string): Problem {
  const status = refusal?.status ?? 500;
  return {
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    detail: refusal?.message ?? 'An internal error occurred. Quote the request id when you ask for support.',
    code: refusal?.code ?? 'internal_error',
    requestId,
    ...(refusal?.errors && { errors: refusal.errors.map((error) => publicFields(FieldError, error)) }),
  };
}

/** Every error of the AWS SDK has `$metadata`, whether the cause is throttling, the service or the network. */
const isDependencyFailure = (error: unknown): boolean =>
  error instanceof Error && ('$metadata' in error || error.name === 'TimeoutError');
