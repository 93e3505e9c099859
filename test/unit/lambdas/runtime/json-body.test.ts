import { describe, expect, it } from '@jest/globals';
import {
  BodyTooLarge,
  MalformedBody,
  UnsupportedContentEncoding,
  UnsupportedMediaType,
} from '../../../../domain/protocol/errors.ts';
import { maxBodyBytes } from '../../../../domain/protocol/protocol.ts';
import { jsonBody } from '../../../../lambdas/runtime/json-body.ts';

const read = (body: string | Buffer, contentType: string | undefined = 'application/json') =>
  jsonBody({ headers: { 'content-type': contentType }, body: Buffer.from(body as string) });

/** A JSON text of the given number of bytes. */
const textOf = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));

describe('a JSON body', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    ' application/json ',
    'application/json; charset=utf8',
    'application/json;',
    'application/json; profile=x',
    'application/json; profile="x"; charset=UTF8 ; v=1',
  ])('is read when it is declared as %j', (contentType) => {
    expect(read('{"a":1}', contentType)).toEqual({ a: 1 });
  });

  it('is read up to the limit', () => {
    expect(read(textOf(maxBodyBytes))).toHaveLength(maxBodyBytes - 2);
  });

  it('keeps every character of Unicode', () => {
    expect(read('"Gödel 📚"')).toBe('Gödel 📚');
  });

  it.each([
    'text/plain',
    'application/json-patch+json',
    'application/problem+json',
    'application/json; charset=latin1',
    'application/json; charset=utf-16',
    'application/json; charset="utf-8',
    'application/json; charset=',
    'application/json; charset=utf-8; charset=latin1',
    'application/json, text/plain',
    'application/jsonp',
    'multipart/form-data; boundary=x',
    'multipart/related; type="application/json"',
    '',
  ])('is refused with 415 when it is declared as %j', (contentType) => {
    expect(() => read('{}', contentType)).toThrow(UnsupportedMediaType);
  });

  it('is refused with 415 when it is not declared', () => {
    expect(() => jsonBody({ headers: {}, body: Buffer.from('{}') })).toThrow(UnsupportedMediaType);
  });

  it.each([
    ['content-encoding', 'gzip'],
    ['content-encoding', 'br'],
    ['content-encoding', 'identity, gzip'],
    ['content-encoding', 'aws-chunked'],
    ['transfer-encoding', 'gzip, chunked'],
  ])('is refused with 415 that says so when it is compressed: %s: %s', (name, coding) => {
    const headers = { 'content-type': 'application/json', [name]: coding };

    const reading = () => jsonBody({ headers, body: Buffer.from('{}') });

    expect(reading).toThrow(UnsupportedContentEncoding);
    expect(reading).toThrow('compressed');
  });

  it.each([
    ['content-encoding', 'identity'],
    ['content-encoding', 'Identity'],
    ['content-encoding', ''],
    ['transfer-encoding', 'chunked'],
  ])('is read when it is not: %s: %s', (name, coding) => {
    const headers = { 'content-type': 'application/json', [name]: coding };

    expect(jsonBody({ headers, body: Buffer.from('{}') })).toEqual({});
  });

  it('is refused with 413 one byte above the limit', () => {
    expect(() => read(textOf(maxBodyBytes + 1))).toThrow(BodyTooLarge);
  });

  it('counts bytes, not characters', () => {
    expect(() => read(JSON.stringify('ü'.repeat(maxBodyBytes / 2)))).toThrow(BodyTooLarge);
  });

  it.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['half an object', '{"a":'],
    ['a comment', '{} // end'],
    ['two values', '{}{}'],
    ['NaN', 'NaN'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['UTF-16', Buffer.from('"a"', 'utf16le')],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['what a gateway made of bytes that were not UTF-8', '"\uFFFD"'],
  ])('is refused with 400 when it is %s', (_, body) => {
    expect(() => read(body)).toThrow(MalformedBody);
  });

  it('does not let a body reach a prototype', () => {
    const value = read('{"__proto__":{"admin":true}}') as { readonly admin?: unknown };

    expect(value.admin).toBeUndefined();
    expect(Object.keys(value)).toEqual(['__proto__']);
  });
});
