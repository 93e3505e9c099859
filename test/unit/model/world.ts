import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { daysAfter } from '../../../domain/days-after.ts';
import { type Job, orderIdOf } from '../../../domain/job/job.ts';
import { acceptJob } from '../../../domain/job/transitions.ts';
import type { OrderRecord } from '../../../domain/order/order.ts';
import { findStage, type Stage, type StageName, type StageTable } from '../../../domain/stages.ts';
import { createDocumentClient } from '../../../lambdas/adapters/dynamodb.ts';
import { jobOf, watchersOf } from '../../../lambdas/adapters/job-item.ts';
import { createJobs } from '../../../lambdas/adapters/jobs.ts';
import { createOpenJobs } from '../../../lambdas/adapters/open-jobs.ts';
import { createOrders } from '../../../lambdas/adapters/orders.ts';
import { createWatchers } from '../../../lambdas/adapters/watchers.ts';
import { createCancel } from '../../../lambdas/api/cancel.ts';
import { createRedrive } from '../../../lambdas/api/redrive.ts';
import { createReconcile } from '../../../lambdas/housekeeping/reconcile.ts';
import { createStage, type StageInput, type Work } from '../../../lambdas/runtime/stage.ts';
import { createCompensate } from '../../../lambdas/settlement/compensate.ts';
import { createCompensations } from '../../../lambdas/settlement/compensations.ts';
import { createEnsureSettlement } from '../../../lambdas/settlement/ensure-settlement.ts';
import { createSettle } from '../../../lambdas/settlement/settle.ts';
import { createEmail } from '../../../lambdas/stages/email.ts';
import { createOrderCreation } from '../../../lambdas/stages/order-creation.ts';
import { createPayment } from '../../../lambdas/stages/payment.ts';
import { validate } from '../../../lambdas/stages/validation.ts';
import { anOrderRecord, aRequest, now, owner, ticket, urls } from '../../support/builders.ts';
import { fourStages } from '../../support/four-stages.ts';
import { Activities, type Activity } from './activities.ts';
import { createExpress, type Express } from './express.ts';
import { createMachine, type Machine, type Tasks } from './machine.ts';
import { createProvider, type Tempers } from './provider.ts';

/** Fewer retries than the product's, so that they run out. */
const impatient = (table: StageTable): StageTable =>
  table.map((row) => ({ ...row, retry: { ...row.retry, maxRetries: 1 } }));

const first = impatient(fourStages);

const [validation, payment, orderCreation, email] = first as [Stage, Stage, Stage, Stage];

/** A later table: one stage renamed, one removed, two added. */
const second: StageTable = [
  { ...validation, name: 'fraud-check', state: 'Check fraud' },
  { ...payment, name: 'charge', state: 'Charge' },
  { ...email, name: 'stock', state: 'Reserve stock' },
  orderCreation,
  email,
];

/** Stages of either table. */
export const stageNames = [...new Set([...first, ...second].map(({ name }) => name))];

const redriveSeconds = 3_600;

/** Of a stage that this model knows nothing of. */
const harmless: Work = async () => {};

/** Everything that can be seen of one order at one moment. */
export interface Snapshot {
  readonly job: Job;
  readonly order: OrderRecord;
  readonly watchers: readonly string[];
  /** Whether the index of open jobs holds it. */
  readonly isListedOpen: boolean;
  readonly charges: number;
  readonly refunds: number;
  readonly mails: number;
}

/** One order, the product's own functions at work on it, and the world around them. */
export interface World {
  readonly jobId: string;
  readonly activities: Activities;
  readonly machine: Machine;
  readonly express: Express;
  readonly watchers: Set<string>;
  snapshot(): Promise<Snapshot>;
  cancel(): Promise<void>;
  redrive(): Promise<void>;
  /** As after an event about an execution. */
  reconcile(executionName: string): Promise<void>;
  /** As the schedule does, without its patience. */
  sweep(): Promise<void>;
  /** Delivers a stage once more, whenever it was due. */
  deliver(stage: string, retryCount: number): Promise<void>;
  /** Deploys the other stage table. Executions that were started before keep their definition. */
  deploy(): void;
  /** Lets so much time pass that a failure waits no longer for a redrive. */
  passRedriveTime(): void;
  /** Whether a cancellation was answered with 202. */
  isCancelTaken(): boolean;
  watch(connectionId: string): Promise<void>;
  unwatch(connectionId: string): Promise<void>;
}

/** Accepts an order; its execution is not started yet. */
export async function createWorld(jobId: string, tempers: Tempers): Promise<World> {
  const store = createJobs({ table: 'jobs' });
  const orderStore = createOrders({ table: 'orders' });
  const watcherStore = createWatchers({ table: 'jobs' });
  const documents = createDocumentClient();
  const orderId = orderIdOf(jobId);
  let ticks = 0;
  let table = first;
  let isCancelTaken = false;
  const clock = () => new Date(now.getTime() + ++ticks);
  const provider = createProvider(tempers);
  const activities = new Activities();
  const tasks: Tasks = {
    stage: (activity, name, input) => functionsOf(activity).stage(name, input),
    settlement: (activity, input) => functionsOf(activity).settlement(input),
  };
  const deployed = () => table;
  const machine = createMachine(activities, deployed, tasks);
  const handOver = async () => void (await machine.executions.start(jobId));
  const express = createExpress({ jobId, activities, deployed, tasks, handOver });

  /** The product's functions, every effect of theirs waiting for its turn. */
  function functionsOf(activity: Activity) {
    const gated = <Port extends object>(name: string, port: Port): Port =>
      new Proxy(port, {
        get: (target, member) => {
          const method = target[member as keyof Port] as (...parameters: unknown[]) => Promise<unknown>;
          return (...parameters: unknown[]) =>
            activity.effect(`${name}.${String(member)}`, () => method.apply(target, parameters));
        },
      });
    const jobs = gated('jobs', store);
    const orders = gated('orders', orderStore);
    const payments = gated('payments', provider);
    const executions = gated('executions', machine.executions);
    const compensations = createCompensations({ payments, orders, clock });
    const compensate = createCompensate({ jobs, orders, compensations, clock, table });
    const works: Readonly<Record<string, Work>> = {
      validation: validate,
      payment: createPayment({ payments }),
      charge: createPayment({ payments }),
      'order-creation': createOrderCreation({ orders, clock }),
      email: createEmail({ orders, mail: gated('mail', provider), clock }),
    };
    return {
      stage: (name: string, input: StageInput) => {
        // The function of a stage that left the table keeps the code, and thus the table, that it had.
        const known = [table, first, second].find((candidate) => findStage(name, candidate)) ?? table;
        const ports = { jobs, orders, clock, learnedStages: async () => known };
        return createStage(name as StageName, works[name] ?? harmless, ports)(input);
      },
      settlement: createSettle({ jobs, compensate, clock }),
      reconcile: createReconcile({
        jobs,
        openJobs: createOpenJobs({ table: 'jobs', openIndex: 'open-jobs' }),
        orders,
        executions,
        ensureSettlement: createEnsureSettlement({ jobs, executions, clock }),
        table,
        clock,
        patienceMs: 0,
      }),
      cancel: createCancel({ jobs, executions, clock, urls }),
      redrive: createRedrive({ jobs, executions, clock, urls }),
    };
  }

  const request = () => aRequest({ parameters: { jobId } });
  const begin = (name: string, run: (functions: ReturnType<typeof functionsOf>) => Promise<unknown>) =>
    activities.begin(name, (activity) => run(functionsOf(activity)));

  await orderStore.submit(anOrderRecord({ orderId, jobId }), daysAfter(now, 30));
  await store.create(acceptJob({ jobId, owner, ticket, retentionDays: 30, redriveSeconds }, now, table));
  const watchers = new Set<string>();
  return {
    jobId,
    activities,
    machine,
    express,
    watchers,
    async snapshot() {
      const read = new GetCommand({ TableName: 'jobs', Key: { jobId }, ConsistentRead: true });
      const { Item = {} } = await documents.send(read);
      return {
        job: jobOf(Item, 'jobs'),
        watchers: watchersOf(Item, 'jobs'),
        isListedOpen: 'open' in Item,
        order: (await orderStore.get(orderId)) as OrderRecord,
        ...provider.counts(),
      };
    },
    cancel: () =>
      begin('cancel', async ({ cancel }) => {
        const { status } = await cancel(request());
        isCancelTaken ||= status === 202;
      }),
    redrive: () => begin('redrive', ({ redrive }) => redrive(request())),
    reconcile: (name) => begin('reconcile', ({ reconcile }) => reconcile({ detail: { name } })),
    sweep: () => begin('sweep', ({ reconcile }) => reconcile({ detail: { name: jobId } })),
    deliver: (stage, retryCount) =>
      begin(`a late ${stage}`, (functions) => {
        const stages = machine.planOf(jobId);
        return functions.stage(stage, { jobId, retryCount, ...(stages?.includes(stage) && { stages }) });
      }),
    deploy() {
      table = table === first ? second : first;
    },
    passRedriveTime() {
      ticks += redriveSeconds * 1000;
    },
    isCancelTaken: () => isCancelTaken,
    async watch(connectionId) {
      const added = await watcherStore.add({ jobId, connectionId, ticket });
      if (added.outcome === 'added') watchers.add(connectionId);
    },
    async unwatch(connectionId) {
      await watcherStore.remove({ jobId, connectionId });
      watchers.delete(connectionId);
    },
  };
}
