import { setTimeout as pause } from 'node:timers/promises';
import type { AcceptedOrder, StatusDocument } from '../../domain/protocol/protocol.ts';
import { type Answer, isTerminal, ordersApi } from '../e2e/support/orders-api.ts';
import type { Operator } from './operator.ts';
import type { Intent } from './plan.ts';
import type { Sightings } from './sightings.ts';
import { type ChaosWatcher, watch } from './watcher.ts';

/** What a customer knows of its order when all is over. */
export interface Account {
  readonly intent: Intent;
  /** Jobs that a 202 named. */
  readonly accepted: Set<string>;
  /** Jobs whose cancellation was answered with 202. */
  readonly cancelled: Set<string>;
  /** Answers that a valid order must not get. */
  readonly surprises: string[];
  /** Refused with 503 and no key: the order must not have been accepted. */
  isRefused: boolean;
  watcher?: ChaosWatcher;
}

/** What customers share. */
export interface Shop {
  readonly origin: string;
  readonly sightings: Sightings;
  readonly operator: Operator;
  /** Ends all following. */
  readonly closing: AbortSignal;
}

type Api = Awaited<ReturnType<typeof ordersApi>>;

/** Before the same request is made again. */
const repeatMs = 100;

/** Posts an order as its intent says. A post without an answer is repeated under its key, and never without one. */
export async function submit(intent: Intent, shop: Shop): Promise<Account> {
  const account: Account = {
    intent,
    accepted: new Set(),
    cancelled: new Set(),
    surprises: [],
    isRefused: false,
  };
  const api = await signIn(intent, shop);
  const answers = await Promise.all(Array.from({ length: intent.twins }, () => post(api, account, shop)));
  const [accepted] = answers.flatMap((answer) => answer ?? []);
  if (accepted && intent.isWatched) account.watcher = watch(accepted.updatesUrl, shop.sightings);
  return account;
}

/** Follows an accepted order to its end, and does to it on the way what the intent says. */
export async function follow(account: Account, shop: Shop): Promise<void> {
  const { intent } = account;
  const [jobId] = account.accepted;
  if (jobId === undefined) return;
  const api = await signIn(intent, shop);
  await Promise.all([
    untilEnded(api, jobId, account, shop),
    after(intent.cancelAfterMs, shop, () => act(api, jobId, 'cancel', account, shop)),
    after(intent.stopAfterMs, shop, () => shop.operator.stop(jobId).catch(() => {})),
  ]);
  if (intent.repeatsLate && !shop.closing.aborted) await post(api, account, shop);
}

async function post(api: Api, account: Account, shop: Shop): Promise<AcceptedOrder | undefined> {
  const { reference, token, key } = account.intent;
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  while (!shop.closing.aborted) {
    const answer = await answered(api.submit({ reference, payment: { token } }, headers));
    if (answer?.status === 202) {
      account.accepted.add(answer.body.jobId);
      return answer.body;
    }
    if (answer && answer.status < 500) {
      account.surprises.push(`${answer.status} ${JSON.stringify(answer.body)}`);
      return undefined;
    }
    if (key === undefined) {
      account.isRefused =
        answer !== undefined && 'code' in answer.body && answer.body.code === 'dependency_unavailable';
      return undefined;
    }
    await pause(repeatMs);
  }
  return undefined;
}

async function untilEnded(api: Api, jobId: string, account: Account, shop: Shop): Promise<void> {
  const { intent, surprises } = account;
  let mended = 0;
  while (!shop.closing.aborted) {
    const answer = await answered(api.status(jobId));
    if (answer?.status === 200) {
      shop.sightings.see(answer.body, `polls of ${jobId}`);
      if (isTerminal(answer.body)) {
        if (!answer.body.error?.redrivable) return;
        await mend(
          api,
          jobId,
          mended++ < 3 || intent.mends === 'leave' ? intent.mends : 'cancel',
          account,
          shop,
        );
      }
    } else if (answer && answer.status < 500) {
      surprises.push(`${answer.status} for the status of ${jobId}`);
    }
    await pause(intent.pollMs);
  }
}

async function mend(
  api: Api,
  jobId: string,
  how: Intent['mends'],
  account: Account,
  shop: Shop,
): Promise<void> {
  if (how === 'leave') return;
  if (how === 'redrive-in-console') return shop.operator.redrive(jobId).catch(() => {});
  return act(api, jobId, how, account, shop);
}

/** Asks until there is an answer, whatever it is. */
async function act(
  api: Api,
  jobId: string,
  verb: 'cancel' | 'redrive',
  account: Account,
  shop: Shop,
): Promise<void> {
  while (!shop.closing.aborted) {
    const answer = await answered(
      api.call<StatusDocument>(`/api/orders/status/${jobId}/${verb}`, { method: 'POST' }),
    );
    if (answer?.status === 202) shop.sightings.see(answer.body);
    if (answer?.status === 202 && verb === 'cancel') account.cancelled.add(jobId);
    if (answer && answer.status < 500) return;
    await pause(repeatMs);
  }
}

async function after(ms: number | undefined, { closing }: Shop, run: () => Promise<void>): Promise<void> {
  if (ms === undefined) return;
  await pause(ms);
  if (!closing.aborted) await run();
}

/** The answer; undefined when the connection broke before one came. */
const answered = <Body>(request: Promise<Answer<Body>>): Promise<Answer<Body> | undefined> =>
  request.catch(() => undefined);

/** The server may be down just now, or still starting and without tokens. */
async function signIn({ owner }: Intent, { origin, closing }: Shop): Promise<Api> {
  for (;;) {
    const api = await ordersApi(owner, origin).catch(() => undefined);
    if (api?.token) return api;
    if (closing.aborted) throw new Error('The run ended before anybody could sign in.');
    await pause(repeatMs);
  }
}
