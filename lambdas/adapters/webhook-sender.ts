import type { LookupAddress } from 'node:dns';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { WebhookOutcome, WebhookSender } from '../ports/webhook-sender.ts';
import { isPublicAddress } from './public-address.ts';
import { resolveHost } from './resolve-host.ts';
import { secondsUntilRetry } from './seconds-until-retry.ts';
import { createWebhookKeys } from './webhook-keys.ts';

export interface WebhookSenderOptions {
  /** Secrets Manager secret from which the owners' keys are derived. */
  readonly secretArn: string;
  /** Ports that are called. */
  readonly ports: readonly number[];
}

/** Dependencies that tests replace. */
export interface WebhookSenderDependencies {
  /** Resolves a host name to all its addresses. */
  readonly resolve: (host: string) => Promise<readonly LookupAddress[]>;
  readonly request: (url: URL, options: RequestOptions) => ClientRequest;
  readonly keys: ReturnType<typeof createWebhookKeys>;
  readonly clock: () => Date;
}

/** Client errors (4xx) that a retry may solve. */
const transient = new Set([408, 425, 429]);

/**
 * Sends webhooks according to Standard Webhooks (https://www.standardwebhooks.com), only to addresses of the public
 * Internet. A host name is resolved once and the connection uses the addresses that were checked, which prevents DNS
 * rebinding. Redirects are not followed, and only the status and `Retry-After` of the response matter.
 */
export function createWebhookSender(
  { secretArn, ports }: WebhookSenderOptions,
  dependencies: Partial<WebhookSenderDependencies> = {},
): WebhookSender {
  const {
    resolve = (host) => resolveHost(host),
    request = httpsRequest,
    clock = () => new Date(),
    keys = createWebhookKeys({ secretArn }, { clock }),
  } = dependencies;

  return {
    async send({ url: address, id, event, owner, timeoutMs }) {
      const url = new URL(address);
      if (url.protocol !== 'https:') return refused('not https');
      if (!ports.includes(Number(url.port || 443))) return refused('port not allowed');
      const signers = (await keys(owner)).map((key) => new Webhook(key));
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
          'webhook-signature': signers.map((signer) => signer.sign(id, at, body)).join(' '),
        };
        return verdict(await post(url, { headers, signal, lookup: always(addresses) }, body), clock());
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

  /** @returns the head of the response; the body is not read */
  function post(url: URL, options: RequestOptions, body: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      // With an agent of its own, no connection is reused after the check and no proxy of the environment is used.
      const sent = request(url, { ...options, method: 'POST', agent: new Agent({ keepAlive: false }) });
      sent.on('response', (response) => {
        resolve(response);
        response.destroy();
      });
      sent.on('error', reject);
      sent.on('close', () => reject(new Error('The connection was closed without a response.')));
      sent.end(body);
    });
  }
}

function verdict({ statusCode: status = 0, headers }: IncomingMessage, now: Date): WebhookOutcome {
  const reason = `status ${status}`;
  if (status >= 200 && status < 300) return { outcome: 'delivered', reason };
  if (status === 410) return { outcome: 'gone', reason };
  if (status >= 300 && status < 500 && !transient.has(status)) return refused(reason);
  const isOverloaded = status === 429 || status === 503;
  return {
    ...failed(reason),
    ...(isOverloaded && { retryAfterSeconds: secondsUntilRetry(headers['retry-after'], now) }),
  };
}

const refused = (reason: string): WebhookOutcome => ({ outcome: 'refused', reason });
const failed = (reason: string): WebhookOutcome => ({ outcome: 'failed', reason });

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
