import { BodyTooLarge, MalformedBody, UnsupportedMediaType } from '../domain/errors.ts';
import { maxBodyBytes } from '../domain/protocol.ts';
import type { HttpRequest } from './http.ts';

const mediaType = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/**
 * The JSON value in a request's body (RFC 8259: UTF-8).
 *
 * @throws UnsupportedMediaType when it is not declared as JSON
 * @throws BodyTooLarge above `maxBodyBytes`
 * @throws MalformedBody when it is not UTF-8 or not JSON
 */
export function jsonBody({ headers, body }: Pick<HttpRequest, 'headers' | 'body'>): unknown {
  if (!mediaType.test(headers['content-type']?.trim() ?? '')) {
    throw new UnsupportedMediaType('Send the body as `Content-Type: application/json`.');
  }
  if (body.length > maxBodyBytes) {
    throw new BodyTooLarge(`The body has ${body.length} bytes; at most ${maxBodyBytes} are read.`);
  }
  try {
    return JSON.parse(decode(body));
  } catch (error) {
    throw new MalformedBody('The body is not a JSON text in UTF-8.', { cause: error });
  }
}

function decode(body: Buffer): string {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  // A gateway that decodes before us leaves the replacement character where bytes were not UTF-8.
  if (text.includes('\uFFFD')) throw new TypeError('The body held bytes that are not UTF-8.');
  return text;
}
