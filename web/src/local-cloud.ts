import type { Session } from './session.ts';

/** A charge or a refund in the sandbox's ledger. */
interface LedgerEntry {
  readonly jobId: string;
}

/** What the local cloud counted since it started. */
export interface UsageReport {
  /** ISO time of the start. */
  readonly since: string;
  readonly totalUsd: number;
  /** By construct path. */
  readonly functions: Readonly<Record<string, { readonly invocations: number }>>;
}

/** A fault to inject. */
export interface Fault {
  readonly target: string;
  readonly effect: string;
  readonly times: number;
}

/** What orders with the same reference left behind. */
export interface AcceptedOrders {
  readonly accepted: readonly {
    readonly jobId: string;
    readonly orderId: string;
    readonly isOrder: boolean;
  }[];
}

/** The control routes of the local cloud. */
export interface LocalCloud {
  usage(): Promise<UsageReport>;
  ledger(): Promise<{ readonly charges: readonly LedgerEntry[]; readonly refunds: readonly LedgerEntry[] }>;
  inbox(): Promise<readonly { readonly subject: string }[]>;
  /** All that was accepted under the reference of a job's order. */
  orders(jobId: string): Promise<AcceptedOrders>;
  addFault(fault: Fault): Promise<void>;
  /** Kills the server with SIGKILL; it comes back on the same port with the same data. */
  restart(): Promise<void>;
  readonly session: Session;
}

/** The local cloud that serves this page. */
export function createLocalCloud(fetch: typeof globalThis.fetch): LocalCloud {
  let token: Promise<string> | undefined;

  async function call<Body>(path: string, body?: object): Promise<Body> {
    const response = await fetch(`/_local/${path}`, {
      ...(body && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`/_local/${path} is answered ${response.status}: ${text}`);
    return (text ? JSON.parse(text) : undefined) as Body;
  }

  return {
    usage: () => call('usage'),
    ledger: () => call('ledger'),
    inbox: () => call('inbox'),
    orders: (jobId) => call(`orders?jobId=${encodeURIComponent(jobId)}`),
    addFault: (fault) => call('faults', fault),
    restart: () => call('restart', {}),
    session: {
      token({ refused }) {
        // A cloud that was restarted may sign with another key.
        if (refused) token = undefined;
        token ??= call<{ token: string }>('token').then(
          (answer) => answer.token,
          (error) => {
            token = undefined;
            throw error;
          },
        );
        return token;
      },
      state: () => 'signed-in',
      subscribe: () => () => {},
    },
  };
}
