import { isTerminal, type Job, orderIdOf } from '../../domain/job/job.ts';
import type { OrderRecord } from '../../domain/order/order.ts';
import type { Account } from './customer.ts';
import type { Ledger, Mail } from './fragile-cloud.ts';
import type { Sightings } from './sightings.ts';

/** Everything that can be known of a run when it is over. */
export interface Evidence {
  readonly accounts: readonly Account[];
  readonly jobs: readonly Job[];
  readonly orders: readonly OrderRecord[];
  readonly ledger: Ledger;
  readonly inbox: readonly Mail[];
  readonly sightings: Sightings;
}

/** One line of the table. */
export interface Finding {
  readonly label: string;
  /** Jobs or references that it is about. */
  readonly found: readonly string[];
  /** Whether anything found is a broken promise. */
  readonly isPromise: boolean;
}

/** Holds what happened against what was promised. */
export function judge(evidence: Evidence): Finding[] {
  const { accounts, jobs, orders, ledger, inbox, sightings } = evidence;
  const jobOf = new Map(jobs.map((job) => [job.jobId, job]));
  const orderOf = new Map(orders.map((order) => [order.jobId, order]));
  const accepted = new Set(accounts.flatMap(({ accepted }) => [...accepted]));
  const charged = ledger.charges.map(({ jobId }) => jobId);
  const refunded = new Set(ledger.refunds.map(({ jobId }) => jobId));
  const isVisible = ({ createdAt, voidedAt }: OrderRecord) =>
    createdAt !== undefined && voidedAt === undefined;
  const ids = (matches: (job: Job) => boolean) => jobs.filter(matches).map(({ jobId }) => jobId);
  const acceptedAnd = (status: Job['status']) =>
    ids((job) => accepted.has(job.jobId) && job.status === status);
  const jobsFor = Map.groupBy(
    orders.filter(({ jobId }) => jobOf.has(jobId)),
    ({ reference }) => reference ?? '',
  );
  const references = (matches: (account: Account) => boolean) =>
    accounts.filter(matches).map(({ intent }) => intent.reference);

  const fact = (label: string, found: readonly string[]): Finding => ({ label, found, isPromise: false });
  const never = (label: string, found: readonly string[]): Finding => ({ label, found, isPromise: true });
  return [
    fact('accepted', [...accepted]),
    fact('completed', acceptedAnd('completed')),
    fact('failed', acceptedAnd('failed')),
    fact(
      'failed and redriven by nobody in time',
      ids((job) => job.status === 'failed' && job.error?.code === 'stage_failed'),
    ),
    fact('cancelled', acceptedAnd('cancelled')),
    fact(
      'jobs whose customer never got the 202',
      ids(({ jobId }) => !accepted.has(jobId)),
    ),
    fact(
      'posts given up for want of a key',
      references((account) => account.accepted.size === 0),
    ),
    fact(
      'refused with 503, without a key, and yet made',
      references((account) => account.isRefused && jobsFor.has(account.intent.reference)),
    ),
    fact(
      'completed without a confirmation',
      ids(
        (job) =>
          job.status === 'completed' && !inbox.some(({ subject }) => subject.includes(orderIdOf(job.jobId))),
      ),
    ),

    never(
      'stuck',
      ids((job) => !isTerminal(job) || job.error?.redrivable === true),
    ),
    never(
      'accepted and lost',
      [...accepted].filter((jobId) => !jobOf.has(jobId)),
    ),
    never('charged more than once', [
      ...repeated(charged),
      ...[...jobsFor.values()].flatMap((made) =>
        twins(made.filter(({ jobId }) => charged.includes(jobId) && !refunded.has(jobId))),
      ),
    ]),
    never(
      'charged without an order and not refunded',
      charged.filter((jobId) => jobOf.get(jobId)?.status !== 'completed' && !refunded.has(jobId)),
    ),
    never(
      'refunded though completed',
      [...refunded].filter((jobId) => jobOf.get(jobId)?.status === 'completed'),
    ),
    never('cancel answered 202, yet not cancelled', [
      ...new Set(
        accounts.flatMap(({ cancelled }) =>
          [...cancelled].filter((jobId) => jobOf.get(jobId)?.status !== 'cancelled'),
        ),
      ),
    ]),
    never('refunded more than once', repeated(ledger.refunds.map(({ jobId }) => jobId))),
    never(
      'completed without a charge',
      ids((job) => job.status === 'completed' && !charged.includes(job.jobId)),
    ),
    never(
      'completed without an order',
      ids((job) => job.status === 'completed' && !isVisible(orderOf.get(job.jobId) ?? ({} as OrderRecord))),
    ),
    never(
      'orders of jobs that are not completed',
      orders
        .filter((order) => isVisible(order) && jobOf.get(order.jobId)?.status !== 'completed')
        .map(({ jobId }) => jobId),
    ),
    never(
      'orders without a job',
      orders
        .filter((order) => order.createdAt !== undefined && !jobOf.has(order.jobId))
        .map(({ orderId }) => orderId),
    ),
    never('jobs made twice for one key', [...jobsFor.values()].flatMap(twins)),
    never('confirmed twice', repeated(inbox.map(({ subject }) => subject))),
    never('versions that went backwards', [...sightings.backwards]),
    never('different documents of one version', [...sightings.ambiguous]),
    never('progress that fell', sightings.fellBack()),
    never('changed after the end', sightings.changedAfterEnd()),
    never('watchers without the final status', unaware(evidence)),
    never(
      'valid orders refused',
      accounts.flatMap(({ surprises }) => surprises),
    ),
  ];
}

/** Jobs whose watcher does not know their last version. */
export function unaware({ accounts, jobs }: Pick<Evidence, 'accounts' | 'jobs'>): string[] {
  const versionOf = new Map(jobs.map(({ jobId, version }) => [jobId, version]));
  return accounts.flatMap(({ watcher }) =>
    watcher && watcher.version() !== versionOf.get(watcher.jobId) ? [watcher.jobId] : [],
  );
}

/** Ids of jobs that were made for the same order, where there is more than one. */
const twins = (made: readonly OrderRecord[]): string[] =>
  made.length > 1 ? made.map(({ jobId }) => jobId) : [];

const repeated = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
];
