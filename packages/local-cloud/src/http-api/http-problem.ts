import { STATUS_CODES } from 'node:http';

/** What the gateway itself answers, without a function. */
export interface GatewayRefusal {
  readonly status: keyof typeof problems;
  readonly headers?: Readonly<Record<string, string>>;
}

/** AWS's own text by status, and our stable code and sentence beside it. */
const problems = {
  400: { message: 'Bad Request', code: 'bad_request', detail: 'The request line is malformed.' },
  401: { message: 'Unauthorized', code: 'unauthorized', detail: 'A valid access token is needed.' },
  403: { message: 'Forbidden', code: 'forbidden', detail: 'The access token lacks the scope.' },
  404: { message: 'Not Found', code: 'not_found', detail: 'Nothing answers this method and path.' },
  413: { message: 'Request Entity Too Large', code: 'too_large', detail: 'The body is too large.' },
  429: {
    message: 'Too Many Requests',
    code: 'too_many_requests',
    detail: 'Too many requests at once; try again.',
  },
  500: {
    message: 'Internal Server Error',
    code: 'internal_error',
    detail: 'The request could not be handled.',
  },
  503: {
    message: 'Service Unavailable',
    code: 'service_unavailable',
    detail: 'No answer in time; try again.',
  },
};

/** A response of the gateway: AWS's `{"message"}` as part of an RFC 9457 problem. */
export function problemResponse({ status, headers }: GatewayRefusal): {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
} {
  const { message, code, detail } = problems[status];
  const problem = { message, type: 'about:blank', title: STATUS_CODES[status], status, code, detail };
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...((status === 429 || status === 503) && { 'retry-after': '1' }),
      ...headers,
    },
    body: JSON.stringify(problem),
  };
}
