import { BodyTooLarge, MalformedBody, UnsupportedMediaType } from '../../domain/protocol/errors.ts';
import { maxBodyBytes } from '../../domain/protocol/protocol.ts';
import type { HttpRequest } from './http.ts';

/**
 * The JSON value in a request's body (RFC 8259: UTF-8).
 *
 * @throws UnsupportedMediaType when it is not declared as JSON
 * @throws BodyTooLarge above `maxBodyBytes`
 * @throws MalformedBody when it is not UTF-8 or not JSON
 */
export function jsonBody({ headers, body }: Pick<HttpRequest, 'headers' | 'body'>): unknown {
  if (!isJson(headers['content-type'] ?? '')) {
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

/** JSON, with whatever parameters, but in no other charset (RFC 8259 knows none; many clients send one). */
function isJson(contentType: string): boolean {
  const [mediaType = '', ...parameters] = contentType.toLowerCase().split(';');
  const charsets = parameters.filter((parameter) => /^\s*charset\s*=/.test(parameter));
  return (
    mediaType.trim() === 'application/json' &&
    charsets.every((charset) => /=\s*(?:utf-?8|"utf-?8")\s*$/.test(charset))
  );
}

function decode(body: Buffer): string {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  // The gateway decodes text bodies before us and puts U+FFFD where bytes were not UTF-8; a U+FFFD that a client means to
  // send is the price of seeing that.
  if (text.includes('\uFFFD')) throw new TypeError('The body held bytes that are not UTF-8.');
  return text;
}
