import { randomUUID } from 'node:crypto';
import type {
  AcceptedOrder,
  OrderDocument,
  Problem,
  StatusDocument,
} from '../../../domain/protocol/protocol.ts';
import { deployed } from './deployed.ts';
import type { Ready } from './local-cloud.ts';
import { subjectOf } from './subject-of.ts';

const { E2E_READY = '{}' } = process.env;

/** The shared local cloud of this run. */
export const ready: Ready = JSON.parse(E2E_READY);

/** Base of the HTTP API under test: of the deployed stack, or of the shared local cloud. */
export const apiUrl = deployed?.api ?? ready.api;

/** Origin of the shared local cloud's API and control routes. */
export const origin = new URL(ready.api ?? 'http://unset').origin;

/** How long to wait before asking a job's status again: a deployed stack throttles. */
const pollMs = deployed ? 200 : 5;

/**
 * A valid order; every test changes what it is about. The address is one of SES's mailbox simulator, which takes mail also
 * in SES's sandbox.
 *
 * @see https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
 */
export const anOrder = (changes: object = {}) => ({
  email: 'success@simulator.amazonses.com',
  currency: 'EUR',
  items: [{ sku: 'book-1', quantity: 2, unitPrice: 1999 }],
  payment: { token: 'tok_visa' },
  ...changes,
});

/** An answer whose body has been read. */
export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** An access token for an owner. */
export async function tokenFor(owner: string, at: string = origin): Promise<string> {
  const answer = await fetch(`${at}/_local/token?sub=${encodeURIComponent(owner)}`);
  return ((await answer.json()) as { token: string }).token;
}

/** The API under test as an owner calls it: the one of `--token`, or on a local cloud one that nobody else is. */
export const anOwner = async () => (deployed ? apiOf(deployed.api, deployed.token) : ordersApi());

/** The API under test as another owner calls it, for tests that are `needing('a second owner (--other-token)')`. */
export const anotherOwner = async () =>
  deployed?.otherToken === undefined ? ordersApi() : apiOf(deployed.api, deployed.otherToken);

/** The API of a local cloud as one owner calls it, by default one that nobody else is. */
export const ordersApi = async (owner: string = randomUUID(), at: string = origin) =>
  apiOf(`${at}/api`, await tokenFor(owner, at));

function apiOf(base: string, token: string) {
  const authorization = `Bearer ${token}`;

  async function call<Body>(url: string, init: RequestInit = {}): Promise<Answer<Body>> {
    const headers = { authorization, ...(init.headers as Record<string, string>) };
    const response = await fetch(new URL(url, base), { ...init, headers });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text ? JSON.parse(text) : undefined) as Body,
    };
  }

  const post = <Body = Problem>(body: string | Buffer, headers: Record<string, string> = {}) =>
    call<Body>(`${base}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });

  const jobs = (query = '') =>
    call<{ items: StatusDocument[]; nextCursor?: string }>(`${base}/orders${query}`);

  return {
    owner: subjectOf(token),
    token,
    /** Calls a URL, or a path of the API's origin as answers have it. */
    call,
    post,
    submit: (changes: object = {}, headers: Record<string, string> = {}) =>
      post<AcceptedOrder>(JSON.stringify(anOrder(changes)), headers),
    status: (jobId: string, headers: Record<string, string> = {}) =>
      call<StatusDocument>(`${base}/orders/status/${jobId}`, { headers }),
    order: (url: string) => call<OrderDocument>(url),
    jobs,
    /** Cancels or redrives a job. */
    ask: (jobId: string, verb: 'cancel' | 'redrive') =>
      call<Problem>(`${base}/orders/status/${jobId}/${verb}`, { method: 'POST' }),
    /** Lists the ids of the jobs that the owner has made since this was called, newest first. */
    async newJobs(): Promise<() => Promise<string[]>> {
      const newest = (await jobs('?limit=1')).body.items[0]?.jobId ?? '';
      // Ids are UUIDs of version 7, which sort by time.
      return async () =>
        (await jobs()).body.items.map(({ jobId }) => jobId).filter((jobId) => jobId > newest);
    },
    /** Every status seen until the condition holds; asks until then. */
    async until(jobId: string, holds: (status: StatusDocument) => boolean): Promise<StatusDocument[]> {
      const seen: StatusDocument[] = [];
      for (;;) {
        const { body } = await this.status(jobId);
        if (seen.at(-1)?.version !== body.version) seen.push(body);
        if (holds(body)) return seen;
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    },
    /** The terminal status of a job. */
    async ending(jobId: string): Promise<StatusDocument> {
      const seen = await this.until(jobId, isTerminal);
      return seen.at(-1) as StatusDocument;
    },
  };
}

export const isTerminal = ({ status }: StatusDocument): boolean =>
  ['completed', 'failed', 'cancelled'].includes(status);

/** A control route of the local cloud. */
export async function local<Body>(path: string, init?: RequestInit, at: string = origin): Promise<Body> {
  const answer = await fetch(`${at}/_local/${path}`, init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return (text ? JSON.parse(text) : undefined) as Body;
}
