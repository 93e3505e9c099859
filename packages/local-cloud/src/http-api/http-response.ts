import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';

/** A response ready to be written. */
export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
}

/** A refusal of the gateway itself, as API Gateway's: `{"message"}` and nothing else. */
export function refuse(status: number, headers: Record<string, string> = {}): GatewayResponse {
  const message = status === 413 ? 'Request Entity Too Large' : STATUS_CODES[status];
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ message }),
  };
}

/** Set by the server that writes the response, whatever the function says. */
const serverHeaders = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding', 'upgrade'];

/** Reads what a function returned, response format 2.0. What is none becomes a 500. */
export function httpResponse(payload: unknown): GatewayResponse {
  if (typeof payload !== 'object' || payload === null || !('statusCode' in payload)) {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = payload as Record<string, unknown>;
  const [status, given, text] = [Number(statusCode), headers ?? {}, body ?? ''];
  const isStatus = Number.isInteger(status) && status >= 200 && status <= 599;
  const isMap = typeof given === 'object' && !Array.isArray(given);
  if (!isStatus || !isMap || Object.values(given).some((value) => typeof value === 'object'))
    return refuse(500);
  if (typeof text !== 'string' || !(cookies === undefined || Array.isArray(cookies))) return refuse(500);
  const own: GatewayResponse['headers'] = Object.fromEntries(
    Object.entries(given)
      .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
      .filter(([name]) => !serverHeaders.includes(name)),
  );
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      ...own,
      ...(cookies?.length && { 'set-cookie': cookies.map(String) }),
    },
    body: isBase64Encoded === true ? Buffer.from(text, 'base64') : text,
  };
}

/** Writes a response; one that HTTP does not allow becomes a 500. */
export function writeResponse(
  message: IncomingMessage,
  response: ServerResponse,
  answer: GatewayResponse,
  requestId: string,
): void {
  if (response.destroyed) return;
  // What is left of a refused body is read and forgotten, so that the client gets to see the answer.
  message.resume();
  const { status, headers, body } = answer;
  try {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  } catch {
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    writeResponse(message, response, refuse(500), requestId);
    return;
  }
  response.setHeader('apigw-requestid', requestId);
  const isEmpty = status === 204 || status === 304;
  if (isEmpty) response.removeHeader('content-type');
  response.statusCode = status;
  response.end(isEmpty ? undefined : body);
}
