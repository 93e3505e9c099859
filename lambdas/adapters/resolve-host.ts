import { promises as dns, type LookupAddress } from 'node:dns';

/** Names that are this machine by definition (RFC 6761, 6.3), which no name server is asked for. */
const localhost = /(?:^|\.)localhost\.?$/i;

/**
 * All addresses of a host, IPv4 first. It asks the name servers itself: `dns.lookup` would run in libuv's thread pool,
 * whose few threads a handful of name servers that hang would block for every other host.
 *
 * @throws Error of the resolver when neither family has an address
 */
export async function resolveHost(
  host: string,
  resolver: Pick<dns.Resolver, 'resolve4' | 'resolve6'> = new dns.Resolver({ timeout: 1_000, tries: 2 }),
): Promise<readonly LookupAddress[]> {
  if (localhost.test(host)) return [{ address: '127.0.0.1', family: 4 }];
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const addresses = [
    ...(v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, family: 4 })) : []),
    ...(v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, family: 6 })) : []),
  ];
  if (addresses.length === 0 && v4.status === 'rejected') throw v4.reason;
  return addresses;
}
