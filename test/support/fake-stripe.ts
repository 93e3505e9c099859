import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';

/** What the fake keeps of a PaymentIntent and its charge. */
export interface FakeIntent {
  readonly id: string;
  readonly amount: number;
  readonly payment_method: string;
  status: string;
  last_payment_error: { readonly code: string } | null;
  cancellation_reason: string | null;
  charge?: { amount_refunded: number; disputed: boolean };
}

/** An HTTP response. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Carries out a request of the fake. A test may carry it out late, answer otherwise, or break the connection. */
export type Intervention = (perform: () => Answer) => Answer | 'disconnect' | Promise<Answer>;

/** A request of Stripe's API that fails. */
export const stripeError = (
  status: number,
  error: { readonly type?: string; readonly code?: string; readonly param?: string },
): Answer => ({
  status,
  body: { error: { type: 'invalid_request_error', message: 'It failed.', ...error } },
});

/** PaymentMethods that do not charge, and how Stripe declines them. */
const declined: Readonly<Record<string, string>> = {
  pm_card_chargeDeclined: 'card_declined',
  pm_card_chargeDeclinedExpiredCard: 'expired_card',
  pm_card_authenticationRequired: 'authentication_required',
};

/** Currencies of ISO 4217 in which Stripe does not charge. */
const unsupported = ['iqd', 'cup', 'irr'];

const unexpectedState = stripeError(400, { code: 'payment_intent_unexpected_state' });

/**
 * The endpoints of Stripe that payments use, with its states of a PaymentIntent, its idempotency keys and its errors
 * (https://docs.stripe.com/payments/paymentintents/lifecycle), on a port of its own behind Stripe's own client.
 */
export async function startFakeStripe() {
  let apiKey = 'sk_test_1';
  const intents = new Map<string, FakeIntent>();
  const money: string[] = [];
  const requests: string[] = [];
  const answers = new Map<string, Answer>();
  const interventions: { readonly route: string; readonly intervene: Intervention }[] = [];
  /** PaymentMethods without a customer charge once. */
  const used = new Set<string>();

  const server = createServer(async (request, response) => {
    const form = await formOf(request);
    const result = await answer(request, form);
    if (result === 'disconnect') return void request.socket.destroy();
    response.writeHead(result.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(result.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  async function answer(request: IncomingMessage, form: URLSearchParams): Promise<Answer | 'disconnect'> {
    if (request.headers.authorization !== `Bearer ${apiKey}`) return stripeError(401, {});
    const [, , resource, id, action] = new URL(request.url ?? '', 'http://stripe').pathname.split('/');
    const route =
      resource === 'refunds' ? 'refund' : (action ?? (request.method === 'GET' ? 'retrieve' : 'create'));
    requests.push(route);
    const key = request.headers['idempotency-key'];
    const before = answers.get(String(key));
    if (before) return before;
    const perform = () => {
      const result = routes[route as keyof typeof routes](id ?? '', form);
      if (key !== undefined) answers.set(String(key), result);
      return result;
    };
    const next = interventions.findIndex((intervention) => intervention.route === route);
    const [intervention] = next < 0 ? [] : interventions.splice(next, 1);
    return intervention ? intervention.intervene(perform) : perform();
  }

  const routes = {
    create(_id: string, form: URLSearchParams): Answer {
      const amount = Number(form.get('amount'));
      const payment_method = form.get('payment_method') ?? '';
      if (amount < 50) return stripeError(400, { code: 'amount_too_small', param: 'amount' });
      if (amount > 99_999_999) return stripeError(400, { code: 'amount_too_large', param: 'amount' });
      if (unsupported.includes(form.get('currency') ?? '')) return stripeError(400, { param: 'currency' });
      if (!payment_method.startsWith('pm_'))
        return stripeError(400, { code: 'resource_missing', param: 'payment_method' });
      if (used.has(payment_method)) return stripeError(400, {});
      const id = `pi_${intents.size + 1}`;
      intents.set(id, {
        id,
        amount,
        payment_method,
        status: 'requires_confirmation',
        last_payment_error: null,
        cancellation_reason: null,
      });
      return shown(id);
    },

    retrieve: (id: string) => shown(id),

    confirm(id: string): Answer {
      const intent = intents.get(id);
      if (intent?.status !== 'requires_confirmation') return unexpectedState;
      const code = declined[intent.payment_method];
      if (code !== undefined) {
        Object.assign(intent, { status: 'requires_payment_method', last_payment_error: { code } });
        return stripeError(402, { type: 'card_error', code });
      }
      if (intent.payment_method.startsWith('pm_once')) used.add(intent.payment_method);
      if (intent.payment_method === 'pm_action') intent.status = 'requires_action';
      else if (intent.payment_method === 'pm_processing') intent.status = 'processing';
      else succeed(intent);
      return shown(id);
    },

    cancel(id: string, form: URLSearchParams): Answer {
      const intent = intents.get(id);
      if (!intent || ['succeeded', 'canceled', 'processing'].includes(intent.status)) return unexpectedState;
      Object.assign(intent, { status: 'canceled', cancellation_reason: form.get('cancellation_reason') });
      return shown(id);
    },

    refund(_id: string, form: URLSearchParams): Answer {
      const intent = intents.get(form.get('payment_intent') ?? '');
      const charge = intent?.charge;
      if (!charge) return stripeError(400, { code: 'charge_not_refundable' });
      if (charge.disputed) return stripeError(400, { code: 'charge_disputed' });
      const rest = intent.amount - charge.amount_refunded;
      const amount = Number(form.get('amount') ?? rest);
      if (rest === 0) return stripeError(400, { code: 'charge_already_refunded' });
      if (amount > rest) return stripeError(400, { param: 'amount' });
      charge.amount_refunded += amount;
      money.push(`refund ${amount}`);
      return { status: 200, body: { id: 're_1', status: 'succeeded' } };
    },
  };

  function succeed(intent: FakeIntent): void {
    Object.assign(intent, { status: 'succeeded', charge: { amount_refunded: 0, disputed: false } });
    money.push(`charge ${intent.amount}`);
  }

  function shown(id: string): Answer {
    const intent = intents.get(id);
    if (!intent) return stripeError(404, { code: 'resource_missing', param: 'intent' });
    const { charge, ...body } = intent;
    const refunded = charge?.amount_refunded === intent.amount;
    const latest_charge = charge ? { ...charge, refunded, amount_captured: intent.amount } : null;
    return { status: 200, body: { ...body, latest_charge } };
  }

  const intentOf = (id: string): FakeIntent => {
    const intent = intents.get(id);
    if (!intent) throw new Error(`There is no payment intent ${id}.`);
    return intent;
  };
  const chargeOf = (id: string) => {
    const { charge } = intentOf(id);
    if (!charge) throw new Error(`Payment intent ${id} has charged nothing.`);
    return charge;
  };

  return {
    /** Charges and refunds in their order: `charge 3998`, `refund 3998`. */
    money,
    /** The requests with a valid API key: `create`, `confirm`, `retrieve`, `cancel`, `refund`. */
    requests,
    intentOf,
    /** The client of an API key. */
    connect: (key: string) =>
      new Stripe(key, { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0 }),
    /** A secret that holds the valid API key, and counts how often it is read. */
    secrets: () => {
      const reads: string[] = [];
      const send = async () => {
        reads.push(apiKey);
        return { SecretString: apiKey };
      };
      return { reads, reader: { send } as never };
    },
    rollApiKey: () => {
      apiKey = `${apiKey}1`;
    },
    /** Intervenes in the next request of a route. */
    next: (route: keyof typeof routes, intervene: Intervention) => {
      interventions.push({ route, intervene });
    },
    /** Forgets the interventions that have not happened. */
    recover: () => void interventions.splice(0),
    /** What people do in the dashboard, and banks anywhere. */
    dashboard: {
      cancel: (id: string) => Object.assign(intentOf(id), { status: 'canceled' }),
      refund(id: string, amount: number) {
        chargeOf(id).amount_refunded += amount;
        money.push(`refund ${amount}`);
      },
      dispute: (id: string) => Object.assign(chargeOf(id), { disputed: true }),
      complete: (id: string) => succeed(intentOf(id)),
    },
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type FakeStripe = Awaited<ReturnType<typeof startFakeStripe>>;

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
