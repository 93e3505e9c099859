import {
  BodyTooLarge,
  MalformedBody,
  UnsupportedContentEncoding,
  UnsupportedMediaType,
} from '../../domain/protocol/errors.ts';
import { maxBodyBytes } from '../../domain/protocol/protocol.ts';
import type { HttpRequest } from './http.ts';

/**
 * The JSON value in the body of a request (RFC 8259: UTF-8).
 *
 * @throws UnsupportedMediaType when the content type is not JSON
 * @throws UnsupportedContentEncoding when the body is compressed
 * @throws BodyTooLarge when it is longer than `maxBodyBytes`
 * @throws MalformedBody when it is not JSON in UTF-8
 */
export function jsonBody({ headers, body }: Pick<HttpRequest, 'headers' | 'body'>): unknown {
  if (!isJson(headers['content-type'] ?? '')) {
    throw new UnsupportedMediaType('Send the body with `Content-Type: application/json`.');
  }
  if (!isPlain(headers['content-encoding']) || !isPlain(headers['transfer-encoding'])) {
    throw new UnsupportedContentEncoding('The body is compressed; send it without `Content-Encoding`.');
  }
  if (body.length > maxBodyBytes) {
    throw new BodyTooLarge(`The body has ${body.length} bytes; the limit is ${maxBodyBytes} bytes.`);
  }
  try {
    return JSON.parse(decode(body));
  } catch (error) {
    throw new MalformedBody('The body is not JSON in UTF-8.', { cause: error });
  }
}

/** Whether the codings that a header lists leave the body as it is. */
const isPlain = (codings = ''): boolean =>
  codings.split(',').every((coding) => ['', 'identity', 'chunked'].includes(coding.trim().toLowerCase()));

/** Allows any parameters but no other charset. RFC 8259 defines no charset parameter, but many clients send one. */
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
  // The gateway decodes text bodies and replaces invalid bytes by U+FFFD. To detect that, we refuse U+FFFD altogether.
  if (text.includes('\uFFFD')) throw new TypeError('The body contains bytes that are not UTF-8.');
  return text;
}
