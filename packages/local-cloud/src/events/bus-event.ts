import { randomUUID } from 'node:crypto';
import { account, region } from '../wire/account.ts';

/** An event as rules see it. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO time, to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** Builds an event with a new id. */
export function busEvent(
  event: Pick<BusEvent, 'detail-type' | 'source' | 'resources' | 'detail'>,
  at = new Date(),
): BusEvent {
  const time = at.toISOString().replace(/\.\d+Z$/, 'Z');
  return { version: '0', id: randomUUID(), account, time, region, ...event };
}
