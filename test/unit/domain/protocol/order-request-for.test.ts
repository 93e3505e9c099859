import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { fieldErrors } from '../../../../domain/protocol/field-errors.ts';
import { orderRequestFor } from '../../../../domain/protocol/order-request.ts';
import { anOrder } from '../../../support/builders.ts';

/** The refused fields of an order with this callback, where a deployment calls only these ports. */
function refused(callbackUrl: string, ports = [443, 8443]) {
  const parsed = z.safeParse(orderRequestFor(ports), anOrder({ callbackUrl }));
  return parsed.success ? [] : fieldErrors(parsed.error.issues);
}

describe('the port of a callback', () => {
  it.each([
    'https://a.example',
    'https://a.example:443/x',
    'https://a.example:8443?x',
    'https://[2001::1]:8443',
  ])('is allowed in %s', (url) => expect(refused(url)).toEqual([]));

  it.each([
    'https://a.example:80/',
    'https://a.example:22',
    'https://a.example:25?x',
    'https://[2001::1]:6379/',
  ])('is refused in %s', (url) => {
    const detail = 'Must name no port other than 443, 8443; 443 is the default of https.';
    expect(refused(url)).toEqual([{ pointer: '/callbackUrl', detail }]);
  });

  it('is one that the deployment calls', () => {
    expect(refused('https://a.example:9443', [9443])).toEqual([]);
    expect(refused('https://a.example', [9443])).toHaveLength(1);
  });

  it('matters only in a URL', () => {
    expect(refused('https://')).toEqual([expect.objectContaining({ pointer: '/callbackUrl' })]);
  });
});
