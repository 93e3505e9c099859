import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The global unicast addresses of IPv6 that are allocated (RFC 4291, 2.4). All others are special or unassigned. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an IP address belongs to the public Internet. Private, shared, loopback, link-local (including the cloud's
 * metadata service), multicast, documentation and translated addresses do not. An IPv4-mapped address is treated as its
 * IPv4 address.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast);
}
