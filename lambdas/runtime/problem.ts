import { DependencyUnavailable, Refusal } from '../../domain/protocol/errors.ts';
import type { Problem } from '../../domain/protocol/protocol.ts';

/** Titles of RFC 9110 for the statuses that refusals use. */
const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The refusal that an error amounts to; undefined for a fault of ours. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (isDependencyFailure(error)) {
    return new DependencyUnavailable(
      'A part of the service is down. Try again soon; an Idempotency-Key makes that safe.',
      {
        cause: error,
      },
    );
  }
  return undefined;
}

/** The one place where an error becomes a problem document (RFC 9457): what a caller may know, and nothing else. */
export function problemOf(refusal: Refusal | undefined, requestId: string): Problem {
  const status = refusal?.status ?? 500;
  return {
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    detail:
      refusal?.message ?? 'Something went wrong on our side. Quote the request id when you ask for help.',
    code: refusal?.code ?? 'internal_error',
    requestId,
    ...(refusal?.errors && { errors: [...refusal.errors] }),
  };
}

/** Errors of the AWS SDK carry `$metadata`, whatever failed: throttling, a fault of the service, the network. */
const isDependencyFailure = (error: unknown): boolean =>
  error instanceof Error && ('$metadata' in error || error.name === 'TimeoutError');
