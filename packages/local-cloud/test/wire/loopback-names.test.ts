import { describe, expect, it } from '@jest/globals';
import { foreignHost, foreignOrigin } from '../../src/wire/loopback-names.ts';

describe('foreignHost', () => {
  it.each(['127.0.0.1', '127.0.0.1:3000', 'localhost:3000', 'LocalHost', '[::1]:4566', 'api.localhost:3000'])(
    'accepts %s',
    (host) => {
      expect(foreignHost({ host })).toBeUndefined();
    },
  );

  it.each([
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    'notlocalhost',
    'evil.example/.localhost',
    '127.0.0.1.nip.io:3000',
    '127.0.0.2',
    '192.168.0.1:3000',
    '',
  ])('names %p', (host) => {
    expect(foreignHost({ host })).toBe(
      `Host is ${JSON.stringify(host)}; the local cloud answers to 127.0.0.1 and localhost only`,
    );
  });

  it('names a missing one', () => {
    expect(foreignHost({})).toContain('Host is ""');
  });
});

describe('foreignOrigin', () => {
  it.each([
    undefined,
    'http://localhost:5173',
    'https://127.0.0.1',
    'http://shop.localhost',
    'http://[::1]:80',
  ])('accepts %s', (origin) => {
    expect(foreignOrigin({ ...(origin !== undefined && { origin }) })).toBeUndefined();
  });

  it.each([
    'https://evil.example',
    'null',
    '',
    'http://localhost.evil.example',
    'http://localhost@evil.example',
  ])('names %p', (origin) => {
    expect(foreignOrigin({ origin })).toContain(`Origin is ${JSON.stringify(origin)}`);
  });
});
