import { promises as dns, type LookupAddress } from 'node:dns';
import type { ClientRequest } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { WebhookOutcome, WebhookSender } from '../ports/webhook-sender.ts';
import { isPublicAddress } from './public-address.ts';
import { createSecret, type SecretsReader } from './secret.ts';

/** Dependencies that tests replace. */
export interface WebhookSenderDependencies {
  /** Resolves a host name to all its addresses. */
  readonly resolve: (host: string) => Promise<readonly LookupAddress[]>;
  readonly request: (url: URL, options: RequestOptions) => ClientRequest;
  readonly secrets: SecretsReader;
  readonly clock: () => Date;
  /** Timeout of an attempt, from resolving the host name to the status of the response, in milliseconds. */
  readonly timeoutMs: number;
}

/** Client errors (4xx) that a retry may solve. */
const transient = new Set([408, 425, 429]);

/**
 * Sends webhooks according to Standard Webhooks (https://www.standardwebhooks.com), only to addresses of the public
 * Internet. A host name is resolved once and the connection uses the addresses that were checked, which prevents DNS
 * rebinding. Redirects are not followed, and only the status of the response matters.
 *
 * @param config.secretArn - Secrets Manager secret whose text is the signing key
 */
export function createWebhookSender(
  { secretArn }: { readonly secretArn: string },
  dependencies: Partial<WebhookSenderDependencies> = {},
): WebhookSender {
  const {
    resolve = (host: string) => dns.lookup(host, { all: true }),
    request = httpsRequest,
    secrets,
    clock = () => new Date(),
    timeoutMs = 10_000,
  } = dependencies;
  // Receivers get the key in this form.
  const signerOf = (key: string) => new Webhook(`whsec_${Buffer.from(key).toString('base64')}`);
  const signer = createSecret(secretArn, 'the signing key', signerOf, secrets);

  return {
    async send({ url: address, id, event }) {
      const url = new URL(address);
      if (url.protocol !== 'https:') return refused('not https');
      const key = await signer();
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        const addresses = await inTime(addressesOf(url), signal);
        if (addresses.length === 0) return failed('no address');
        // A private address among public ones looks like an attack.
        if (!addresses.every((candidate) => isPublicAddress(candidate.address))) {
          return refused('address not public');
        }
        const body = JSON.stringify(event);
        const at = clock();
        const headers = {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Accepted-Webhooks/1',
          'webhook-id': id,
          'webhook-timestamp': Math.floor(at.getTime() / 1000),
          'webhook-signature': key.sign(id, at, body),
        };
        return verdict(await post(url, { headers, signal, lookup: always(addresses) }, body));
      } catch (error) {
        return failed(signal.aborted ? 'timeout' : ((error as NodeJS.ErrnoException).code ?? 'no answer'));
      }
    },
  };

  async function addressesOf({ hostname }: URL): Promise<readonly LookupAddress[]> {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const family = isIP(host);
    return family ? [{ address: host, family }] : resolve(host);
  }

  /** @returns the status of the response; the body is not read */
  function post(url: URL, options: RequestOptions, body: string): Promise<number> {
    return new Promise((resolve, reject) => {
      // With an agent of its own, no connection is reused after the check and no proxy of the environment is used.
      const sent = request(url, { ...options, method: 'POST', agent: new Agent({ keepAlive: false }) });
      sent.on('response', (response) => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      });
      sent.on('error', reject);
      sent.on('close', () => reject(new Error('The connection was closed without a response.')));
      sent.end(body);
    });
  }
}

function verdict(status: number) {
  const reason = `status ${status}`;
  if (status >= 200 && status < 300) return { outcome: 'delivered' as const, reason };
  if (status === 410) return { outcome: 'gone' as const, reason };
  return status >= 300 && status < 500 && !transient.has(status) ? refused(reason) : failed(reason);
}

const outcomeOf = (outcome: WebhookOutcome) => (reason: string) => ({ outcome, reason });
const refused = outcomeOf('refused');
const failed = outcomeOf('failed');

/** A lookup function that always returns the same addresses. */
const always =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_, { all }, answer) => {
    const [first] = addresses;
    if (all) answer(null, [...addresses]);
    else answer(null, first?.address ?? '', first?.family);
  };

/** Rejects when the signal is aborted. A DNS lookup itself cannot be aborted. */
function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}
