import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayResponse } from './http-event.ts';
import { refusalResponse } from './http-refusal.ts';

/** API Gateway's limit on a request body. */
const maxBodyBytes = 10 * 1024 * 1024;

/** @returns Undefined when the body is too large. */
export async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(message.headers['content-length'] ?? 0) > maxBodyBytes) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Writes the gateway's or a function's response; one that HTTP does not allow becomes a 500. */
export function writeResponse(
  message: IncomingMessage,
  response: ServerResponse,
  answer: GatewayResponse,
  requestId: string,
): void {
  if (response.destroyed) return;
  // What is left of a refused body is read and forgotten, so that the client gets to see the answer.
  message.resume();
  const { status, body } = setHeaders(response, answer) ? answer : failure(response);
  response.setHeader('apigw-requestid', requestId);
  const isEmpty = status === 204 || status === 304;
  if (isEmpty) response.removeHeader('content-type');
  response.statusCode = status;
  response.end(isEmpty ? undefined : body);
}

function failure(response: ServerResponse): GatewayResponse {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const refusal = refusalResponse({ status: 500 });
  setHeaders(response, refusal);
  return refusal;
}

function setHeaders(response: ServerResponse, { headers }: GatewayResponse): boolean {
  try {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    return true;
  } catch {
    return false;
  }
}
