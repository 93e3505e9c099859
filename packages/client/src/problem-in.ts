import type { OrderRefusedError } from './errors.ts';
import type { Problem } from './protocol.ts';

/** What a refusal says that is neither a problem document nor the gateway's. */
const foreign = 'Something in front of the API refused the request';

/** The problem document of a refusal. The gateway answers some refusals itself, with `{ "message" }`. */
export function problemIn({ status, headers }: Response, body: object | undefined): Problem {
  const { code, message } = (body ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  return {
    type: 'about:blank',
    title: `HTTP ${status}`,
    detail: String(message ?? foreign),
    code: `http_${status}`,
    requestId: headers.get('x-request-id') ?? headers.get('apigw-requestid') ?? '',
    ...(typeof code === 'string' && body),
    status,
  };
}

/** Whether the API refused, as far as can be told, and not a proxy. */
export const isFromApi = ({ problem }: OrderRefusedError): boolean =>
  !!problem.requestId || problem.detail !== foreign;
