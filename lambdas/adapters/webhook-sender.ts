import { promises as dns, type LookupAddress } from 'node:dns';
import type { ClientRequest } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Webhook } from 'standardwebhooks';
import type { WebhookOutcome, Webhooks } from '../ports.ts';
import { callLimits } from './call-limits.ts';
import { isPublicAddress } from './public-address.ts';

/** What of the world a test may put in place of the real thing. */
export interface WebhookWorld {
  /** All addresses of a host. */
  readonly resolve: (host: string) => Promise<readonly LookupAddress[]>;
  readonly request: (url: URL, options: RequestOptions) => ClientRequest;
  readonly secrets: Pick<SecretsManagerClient, 'send'>;
  readonly clock: () => Date;
  /** For an attempt as a whole, from resolving the host to the head of the response. */
  readonly timeoutMs: number;
}

/** Answers of 4xx that say "later", not "wrong". */
const transient = new Set([408, 425, 429]);

/**
 * Sends webhooks as Standard Webhooks say (https://www.standardwebhooks.com), to addresses of the public Internet
 * only. A host is resolved once: the addresses that were judged are the ones that are connected to, so that no second
 * answer of its name server can lead elsewhere. Redirects are not followed, and of a response only the status counts.
 *
 * @param config.secretArn - Secrets Manager secret whose bytes are the signing key
 */
export function createWebhookSender(
  { secretArn }: { readonly secretArn: string },
  world: Partial<WebhookWorld> = {},
): Webhooks {
  const {
    resolve = (host: string) => dns.lookup(host, { all: true }),
    request = httpsRequest,
    secrets = new SecretsManagerClient(callLimits),
    clock = () => new Date(),
    timeoutMs = 10_000,
  } = world;
  let signer: Promise<Webhook> | undefined;

  return {
    async send({ url: address, id, event }) {
      const url = new URL(address);
      if (url.protocol !== 'https:') return refused('not https');
      const key = await signingKey();
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        const addresses = await inTime(addressesOf(url), signal);
        if (addresses.length === 0) return failed('no address');
        // One that is not public among public ones is no accident.
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

  /** @returns the status of the response, whose body is not read */
  function post(url: URL, options: RequestOptions, body: string): Promise<number> {
    return new Promise((resolve, reject) => {
      // An agent of its own: no connection outlives its judgement, and no proxy of the environment steps in.
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

  async function signingKey(): Promise<Webhook> {
    signer ??= readKey();
    return signer.catch((error) => {
      signer = undefined;
      throw error;
    });
  }

  async function readKey(): Promise<Webhook> {
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }));
    if (!SecretString) throw new Error(`The secret ${secretArn} holds no text to sign with.`);
    // The form in which receivers get it.
    return new Webhook(`whsec_${Buffer.from(SecretString).toString('base64')}`);
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

/** A lookup that knows one answer. */
const always =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_, { all }, answer) => {
    const [first] = addresses;
    if (all) answer(null, [...addresses]);
    else answer(null, first?.address ?? '', first?.family);
  };

/** Looking up a name cannot be stopped, but it need not be waited for. */
function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}
