import { describe, expect, it } from '@jest/globals';
import { resolveHost } from '../../../../lambdas/adapters/resolve-host.ts';

const missing = Object.assign(new Error('No such record'), { code: 'ENODATA' });

/** A resolver with these records; each host has all of them. */
function aResolver(v4: readonly string[], v6: readonly string[] = []) {
  const answer = (records: readonly string[]) => async () => {
    if (records.length === 0) throw missing;
    return [...records];
  };
  return { resolve4: answer(v4), resolve6: answer(v6) } as unknown as Parameters<typeof resolveHost>[1];
}

describe('the addresses of a host', () => {
  it('are those of both families', async () => {
    expect(await resolveHost('shop.example.com', aResolver(['8.8.8.8', '8.8.4.4'], ['2001::1']))).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '8.8.4.4', family: 4 },
      { address: '2001::1', family: 6 },
    ]);
  });

  it.each([
    ['IPv4', aResolver(['8.8.8.8'])],
    ['IPv6', aResolver([], ['2001::1'])],
  ])('may be of %s alone', async (_, resolver) => {
    expect(await resolveHost('shop.example.com', resolver)).toHaveLength(1);
  });

  it('are an error when there are none', async () => {
    await expect(resolveHost('shop.example.com', aResolver([]))).rejects.toBe(missing);
  });

  it.each(['localhost', 'LOCALHOST.', 'shop.localhost'])('are this machine for %s', async (host) => {
    expect(await resolveHost(host, aResolver(['8.8.8.8']))).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });
});
