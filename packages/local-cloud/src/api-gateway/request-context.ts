import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** @returns an id as API Gateway's: `L0SM9cOFvHcCIhw=`. Whoever puts one into a path must encode the `=`. */
export function gatewayId(): string {
  return `${randomBytes(11).toString('base64url')}=`;
}

/** @returns the client's address, IPv4 without its IPv6 form */
export function sourceIpOf({ socket }: IncomingMessage): string {
  return (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
}

/** @returns `12/Mar/2020:19:03:58 +0000` */
export function commonLogTime(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
