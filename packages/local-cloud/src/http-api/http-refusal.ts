import type { GatewayResponse } from './http-event.ts';

/** A refusal of the gateway itself, without a function. */
export interface GatewayRefusal {
  readonly status: keyof typeof messages;
  readonly headers?: Readonly<Record<string, string>>;
}

/** API Gateway's texts. */
const messages = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The response that API Gateway gives: `{"message"}` and nothing else. */
export function refusalResponse({ status, headers }: GatewayRefusal): GatewayResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ message: messages[status] }),
  };
}
