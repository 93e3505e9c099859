import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** All global unicast addresses of IPv6 (RFC 4291, 2.4); everything else has a use of its own, or none yet. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address is one of the public Internet. Private, shared, loopback, link-local (where cloud metadata is),
 * multicast, documentation and translated addresses are not, nor is what hides one of them: an IPv4-mapped address is
 * judged as the IPv4 address that it is.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast);
}
