import { randomUUID } from 'node:crypto';
import type {
  AcceptedOrder,
  OrderDocument,
  Problem,
  StatusDocument,
} from '../../../domain/protocol/protocol.ts';
import type { Ready } from './local-cloud.ts';

const { E2E_READY = '{}' } = process.env;

/** The shared local cloud of this run. */
export const ready: Ready = JSON.parse(E2E_READY);

/** Origin of the API and of the control routes. */
export const origin = new URL(ready.api ?? 'http://unset').origin;

/** A valid order; every test changes what it is about. */
export const anOrder = (changes: object = {}) => ({
  email: 'ada@example.com',
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

/** The API as one owner calls it, by default one that nobody else is. */
export async function ordersApi(owner: string = randomUUID(), at: string = origin) {
  const token = await tokenFor(owner, at);
  const authorization = `Bearer ${token}`;

  async function call<Body>(path: string, init: RequestInit = {}): Promise<Answer<Body>> {
    const headers = { authorization, ...(init.headers as Record<string, string>) };
    const response = await fetch(new URL(path, at), { ...init, headers });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text ? JSON.parse(text) : undefined) as Body,
    };
  }

  const post = <Body = Problem>(body: string | Buffer, headers: Record<string, string> = {}) =>
    call<Body>('/api/orders', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });

  return {
    owner,
    token,
    call,
    post,
    submit: (changes: object = {}, headers: Record<string, string> = {}) =>
      post<AcceptedOrder>(JSON.stringify(anOrder(changes)), headers),
    status: (jobId: string, headers: Record<string, string> = {}) =>
      call<StatusDocument>(`/api/orders/status/${jobId}`, { headers }),
    order: (url: string) => call<OrderDocument>(url),
    jobs: (query = '') => call<{ items: StatusDocument[]; nextCursor?: string }>(`/api/orders${query}`),
    /** Every status seen until the condition holds; asks until then. */
    async until(jobId: string, holds: (status: StatusDocument) => boolean): Promise<StatusDocument[]> {
      const seen: StatusDocument[] = [];
      for (;;) {
        const { body } = await this.status(jobId);
        if (seen.at(-1)?.version !== body.version) seen.push(body);
        if (holds(body)) return seen;
        await new Promise((resolve) => setTimeout(resolve, 5));
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
