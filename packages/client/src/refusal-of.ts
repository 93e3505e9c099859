import { OrderRefusedError, SignedOutError } from './errors.ts';
import type { Problem } from './protocol.ts';

/** What a refusal says that is neither a problem document nor the gateway's. */
const foreign = 'A proxy refused the request';

/**
 * The error of a refused request. The gateway answers some refusals itself, with `{ "message" }`.
 *
 * @param body the JSON in the answer, if it has some
 */
export function refusalOf(
  { status, headers }: Response,
  body: { readonly code?: unknown; readonly message?: unknown },
  retryAfterMs: number | undefined,
): OrderRefusedError | SignedOutError {
  const { code, message } = body;
  const problem = {
    type: 'about:blank',
    title: `HTTP ${status}`,
    detail: String(message ?? foreign),
    code: `http_${status}`,
    requestId: headers.get('x-request-id') ?? headers.get('apigw-requestid') ?? '',
    ...(typeof code === 'string' && body),
    status,
  } as Problem;
  const known = { code: problem.code, status, problem, retryAfterMs };
  const refusal = new OrderRefusedError(problem.detail, undefined, known);
  return status === 401 && isFromApi(refusal)
    ? new SignedOutError('The API refused the token: sign in again', refusal)
    : refusal;
}

/** Whether the API refused, as far as can be told, and not a proxy. */
export const isFromApi = ({ problem }: OrderRefusedError): boolean =>
  !!problem.requestId || problem.detail !== foreign;
