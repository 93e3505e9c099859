import type { IncomingHttpHeaders } from 'node:http';
import type { AwsError } from './aws-error.ts';

/** Services whose API is XML over REST: nothing but the credential tells. */
const restXml = /\/(s3|s3express|cloudfront|route53)\/aws4_request/;

/** Writes an error in the protocol that the request's headers speak: XML, CBOR, or JSON for all others. */
export function errorBody(
  error: AwsError,
  headers: IncomingHttpHeaders,
): { readonly contentType: string; readonly body: string | Buffer } {
  const { authorization, 'content-type': contentType } = headers;
  const credential = String(authorization);
  const isQuery = String(contentType).startsWith('application/x-www-form-urlencoded');
  if (isQuery || restXml.test(credential)) {
    const inner = `<Code>${escaped(error.name)}</Code><Message>${escaped(error.message)}</Message>`;
    const xml = credential.includes('/ec2/aws4_request')
      ? `<Response><Errors><Error>${inner}</Error></Errors></Response>`
      : `<ErrorResponse><Error><Type>Sender</Type>${inner}</Error></ErrorResponse>`;
    return { contentType: 'text/xml', body: xml };
  }
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') {
    const members = ['__type', error.name, 'message', error.message].map(cborText);
    return { contentType: 'application/cbor', body: Buffer.concat([Buffer.from([0xa2]), ...members]) };
  }
  const body = JSON.stringify({ __type: error.name, message: error.message, ...error.members });
  return { contentType: 'application/x-amz-json-1.0', body };
}

/** Text for an XML element. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A text string with a length of two bytes (RFC 8949, major type 3). */
function cborText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x79, bytes.length >> 8, bytes.length & 0xff]), bytes]);
}
